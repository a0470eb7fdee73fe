from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q


class VendorAccountQuerySet(models.QuerySet):
    def usable(self):
        """Return the accounts the environment still names; a paused one counts, since its work only waits."""
        return self.filter(is_active=True)

    def of_one_day(self, account: "VendorAccount"):
        """Return this account and those that named the same site before: the vendor counts them as one."""
        if not account.site:
            return self.filter(pk=account.pk)
        return self.filter(vendor=account.vendor, host=account.host, site=account.site)


class VendorAccount(models.Model):
    """Mirror of one ``VENDOR_NAME`` variable without its keys, and what sending for it has to heed."""

    class Pause(models.TextChoices):
        KEY_REFUSED = "key_refused", "Key refused"
        STOPPED_BEFORE_API = "stopped_before_api", "Stopped before it reached the API"
        CERTIFICATE = "certificate", "Certificate problem"
        WRONG_ADDRESS = "wrong_address", "Answers come from somewhere else"
        PEOPLE_UNKNOWN = "people_unknown", "Does not know the people whom it had shown"
        ROLLED_BACK = "rolled_back", "The database was put back to an older state"
        BY_HAND = "by_hand", "Paused by hand"

    name = models.SlugField(unique=True)
    vendor = models.CharField(max_length=40)
    host = models.CharField(max_length=255)
    site = models.CharField(max_length=100, blank=True)
    per_day = models.PositiveIntegerField(null=True, blank=True)
    per_minute = models.PositiveIntegerField(null=True, blank=True)
    per_second = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_code = models.CharField(max_length=30, choices=Pause.choices, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    wait_until = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)
    waits = models.PositiveSmallIntegerField(default=0)
    send_waits = models.PositiveSmallIntegerField(default=0)
    day_closed_until = models.DateTimeField(null=True, blank=True)
    failures = models.JSONField(default=list, blank=True)
    broken_at = models.DateTimeField(null=True, blank=True)
    trips = models.PositiveSmallIntegerField(default=0)
    probing_until = models.DateTimeField(null=True, blank=True)
    misrouted = models.JSONField(default=list, blank=True)
    disowned = models.JSONField(default=list, blank=True)
    to_ask_again = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_failed = models.BooleanField(default=False)
    check_words = models.CharField(max_length=200, blank=True)
    look_slot_at = models.DateTimeField(null=True, blank=True)
    call_slot_at = models.DateTimeField(null=True, blank=True)
    calls_begun = models.JSONField(default=list, blank=True)
    synced_at = models.DateTimeField()

    objects = VendorAccountQuerySet.as_manager()

    class Meta:
        permissions = [
            ("pause_vendoraccount", "Can pause and resume a vendor account"),
            ("write_subscribers", "Can read and change subscribers at vendors"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_at=None, pause_code="") | (Q(paused_at__isnull=False) & ~Q(pause_code="")),
                name="account_pause_has_a_reason",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def reference(self) -> str:
        return f"account/{self.name}"

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_broken(self) -> bool:
        """Tell whether so many different calls failed in a row that only one at a time is risked."""
        return self.broken_at is not None

    @property
    def rests_until(self) -> datetime | None:
        """Return when calls may begin again by themselves: the vendor asked to wait, or the one probe is out."""
        return max((moment for moment in (self.wait_until, self.probing_until) if moment), default=None)

    def may_be_called(self, at: datetime) -> bool:
        """Tell whether calls may begin freely: nothing is paused, nothing rests, and the vendor is known to answer."""
        return not self.is_broken and self._is_awake(at)

    def admits(self, wanted: int, *, at: datetime) -> int:
        """Return how many of these calls a lane may begin: all, none, or one that finds out whether it answers again.

        Whoever begins that one says so with ``begin_probe``, under the same lock of the row.
        """
        if not self.is_active:
            return 0
        if self.may_be_called(at):
            return wanted
        return min(wanted, 1) if self._is_awake(at) else 0

    def is_day_closed(self, at: datetime) -> bool:
        """Tell whether the vendor's own count of the day is used up, whatever ours says."""
        return self.day_closed_until is not None and self.day_closed_until > at

    def _is_awake(self, at: datetime) -> bool:
        return not self.is_paused and (self.rests_until is None or self.rests_until <= at)


class Lane(models.Model):
    """The exclusive right to send for one account, held by lease; ``lanes=N`` makes N of them."""

    account = models.ForeignKey(VendorAccount, on_delete=models.CASCADE, related_name="lanes")
    number = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=100, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "number"], name="one_row_per_lane")]

    def __str__(self):
        return f"{self.account_id}/{self.number}"


class Usage(models.Model):
    """Deletions sent for one account in one minute: what the day quota counts."""

    account = models.ForeignKey(VendorAccount, on_delete=models.CASCADE, related_name="usage")
    minute = models.DateTimeField()
    sends = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "minute"], name="one_usage_row_per_minute")]

    def __str__(self):
        return f"{self.account_id} {self.minute:%Y-%m-%d %H:%M}"
