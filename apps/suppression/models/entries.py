from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.privacy.models import DataKey
from apps.vendors.models import VendorAccount

from .imports import SuppressionImport
from .kinds import EntryKind
from .lists import SuppressionList


class SuppressionEntryQuerySet(models.QuerySet):
    def live(self) -> "SuppressionEntryQuerySet":
        return self.filter(lifted_at=None)

    def ending_before(self, until: datetime | None) -> "SuppressionEntryQuerySet":
        """Return what a support until then outlasts; None outlasts every end."""
        ending = self.filter(expires_at__isnull=False)
        return ending if until is None else ending.filter(expires_at__lt=until)

    def blocking(self, at: datetime) -> "SuppressionEntryQuerySet":
        return self.live().filter(Q(expires_at=None) | Q(expires_at__gt=at))


class SuppressionEntry(models.Model):
    """One identifier on one list, as a digest that cannot be turned back. Lifted entries stay as history.

    An import supports what it made by ``source_import`` alone; every other support is a row of EntrySource. Of several
    vendors at which the person had unsubscribed, the columns name the first; EntryUnsubscribe has each.
    """

    class LiftReason(models.TextChoices):
        CAME_BACK = "came_back", "The person came back by choice"
        ADDED_IN_ERROR = "added_in_error", "Added in error"
        SOURCES_WITHDRAWN = "sources_withdrawn", "Nothing supports it any more"

    # Ten million rows: an index of a foreign key stands here only where something reads by it.
    list = models.ForeignKey(SuppressionList, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=20, choices=EntryKind.choices)
    digest = models.BinaryField(max_length=32)
    key_id = models.CharField(max_length=32)
    masked = models.CharField("shown as", max_length=100)
    created_at = models.DateTimeField("since")
    expires_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=20, choices=LiftReason.choices, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    lift_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    lift_evidence = models.BinaryField(null=True)
    source_import = models.ForeignKey(
        SuppressionImport, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", db_index=False
    )
    matches = models.PositiveIntegerField(default=0, db_default=0)
    last_match_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_account = models.ForeignKey(
        VendorAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = SuppressionEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "suppression entry"
        verbose_name_plural = "suppression entries"
        permissions = [
            ("check_suppressionentry", "Can check whether an address would be blocked"),
            ("lift_suppressionentry", "Can lift suppression entry"),
        ]
        constraints = [
            # Starts with the digest, so that this one index also answers whether an address is blocked by any list.
            models.UniqueConstraint(
                fields=["digest", "kind", "list"],
                condition=Q(lifted_at=None),
                name="entry_is_live_once_per_list",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lift_reason="") | (Q(lifted_at__isnull=False) & ~Q(lift_reason="")),
                name="entry_is_lifted_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(unsubscribed_at=None, unsubscribed_account=None)
                | Q(unsubscribed_at__isnull=False, unsubscribed_account__isnull=False),
                name="entry_was_unsubscribed_somewhere",
            ),
        ]
        # Each answers the first page of a filter, newest first. Imports of addresses pay for the first one, and append
        # to the one of what is not lifted. The others hold what is rare, and what a list with an expiry asks for.
        indexes = [
            models.Index(fields=["list", "id"], name="entries_of_a_list"),
            models.Index(fields=["kind", "id"], condition=~Q(kind=EntryKind.EMAIL), name="entries_other_than_email"),
            models.Index(
                fields=["list", "kind", "id"],
                condition=~Q(kind=EntryKind.EMAIL),
                name="entries_of_a_list_by_kind",
            ),
            models.Index(fields=["id"], condition=Q(lifted_at__isnull=False), name="entries_lifted"),
            models.Index(fields=["id"], condition=Q(lifted_at=None), name="entries_not_lifted"),
            models.Index(fields=["list", "id"], condition=Q(lifted_at__isnull=False), name="entries_lifted_of_a_list"),
            models.Index(
                fields=["expires_at", "id"],
                condition=Q(lifted_at=None, expires_at__isnull=False),
                name="entries_that_expire",
            ),
            models.Index(
                fields=["list", "expires_at", "id"],
                condition=Q(lifted_at=None, expires_at__isnull=False),
                name="entries_of_a_list_that_expire",
            ),
            models.Index(
                fields=["lifted_at", "id"], condition=Q(lift_evidence__isnull=False), name="entries_with_evidence"
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def is_live(self) -> bool:
        return self.lifted_at is None

    @property
    def evidence_name(self) -> str:
        return f"suppression_entry.lift_evidence|{self.pk}"


class EntryUnsubscribe(models.Model):
    """The person of an entry had unsubscribed at this vendor, as a snapshot before their deletion knew."""

    entry = models.ForeignKey(SuppressionEntry, on_delete=models.PROTECT, related_name="unsubscribes", db_index=False)
    account = models.ForeignKey(VendorAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "account"], name="unsubscribe_is_kept_once_per_account")
        ]

    def __str__(self) -> str:
        return f"unsubscribed at {self.account_id}"


class EntrySource(models.Model):
    """One reason why an entry stands on its list; an entry that loses the last one is lifted."""

    class Kind(models.TextChoices):
        TICKET = "ticket", "Ticket"
        IMPORT = "import", "Import"
        STAFF = "staff", "Staff"
        API = "api", "API"

    class Because(models.TextChoices):
        """References of staff: reasons in a code, since free words would hold names."""

        OBJECTED = "objected", "asked not to be mailed"
        ERASED_ELSEWHERE = "erased_elsewhere", "erased before, or elsewhere"
        COMPLAINED = "complained", "complaint or legal letter"
        WRONG_PERSON = "wrong_person", "the address belongs to somebody else"

    entry = models.ForeignKey(SuppressionEntry, on_delete=models.PROTECT, related_name="sources")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reference = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "kind", "reference"],
                condition=Q(withdrawn_at=None),
                name="source_supports_an_entry_once",
            )
        ]
        indexes = [models.Index(fields=["reference", "kind"], name="source_by_reference")]

    def __str__(self) -> str:
        known = dict(self.Because.choices) if self.kind == self.Kind.STAFF else {}
        return f"{self.get_kind_display()}: {known.get(self.reference, self.reference)}"
