import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.audit.models import AuditSnapshot
from apps.tickets.attention import Attention
from apps.tickets.states import CLOSES_AT_ONCE, SENDABLE_ERASURE, Choice, Doubt, ErasureStatus, Spelling
from apps.vendors.models import VendorAccount

from .ticket import DeletionTicket, TicketIdentifier


class Waiver(models.TextChoices):
    """Why an erasure may be sent without a before snapshot."""

    NO_LOOKUP = "no_lookup", "Cannot be looked up"
    WAIVED = "waived", "Waived by an approver"


class ErasureQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def with_open_choice(self):
        """Return what may not be sent before somebody says whose the found profiles are."""
        return self.open().filter(status__in=SENDABLE_ERASURE, choice=Choice.NONE, before__owners__gt=1)


class Erasure(models.Model):
    """One identifier of a ticket at one vendor account: the row is the queue."""

    ticket = models.ForeignKey(DeletionTicket, on_delete=models.PROTECT, related_name="erasures")
    account = models.ForeignKey(VendorAccount, on_delete=models.PROTECT, related_name="erasures")
    identifier = models.ForeignKey(TicketIdentifier, on_delete=models.PROTECT, related_name="erasures")
    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=20, choices=ErasureStatus.choices, default=ErasureStatus.QUEUED)
    doubt = models.CharField(max_length=20, choices=Doubt.choices, blank=True)
    attention = models.CharField(max_length=30, choices=Attention.choices, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    before = models.ForeignKey(AuditSnapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    shown_at_approval = models.ForeignKey(
        AuditSnapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    after = models.ForeignKey(AuditSnapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    waiver = models.CharField(max_length=20, choices=Waiver.choices, blank=True)
    spelling = models.CharField(max_length=10, choices=Spelling.choices, default=Spelling.TYPED)

    choice = models.CharField(max_length=10, choices=Choice.choices, blank=True)
    chosen_from = models.ForeignKey(AuditSnapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    chosen_uuids = models.JSONField(default=list, blank=True)
    targets = models.BinaryField(null=True)

    target = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    uuids_left = models.JSONField(default=list, blank=True)
    unasked = models.JSONField(default=list, blank=True)
    gathered = models.BinaryField(null=True)
    gathering_since = models.DateTimeField(null=True, blank=True)
    requests_needed = models.PositiveIntegerField(default=1)

    look_asked = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    look_tries = models.PositiveSmallIntegerField(default=0)
    window = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=100, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)

    look_http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    look_outcome = models.CharField(max_length=20, blank=True)
    last_http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_outcome = models.CharField(max_length=20, blank=True)
    forecast_send_at = models.DateTimeField(null=True, blank=True)
    forecast_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    manual_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ErasureQuerySet.as_manager()

    class Meta:
        permissions = [
            ("retry_erasure", "Can retry an erasure"),
            ("stop_erasure", "Can stop erasures that were not sent"),
            ("close_erasure", "Can close a stuck erasure"),
            ("waive_snapshot", "Can waive a snapshot"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "account", "kind"], name="one_erasure_per_ticket_account_kind"),
            models.CheckConstraint(
                condition=~Q(status__in=CLOSES_AT_ONCE) | Q(closed_at__isnull=False),
                name="erasure_final_status_is_closed",
            ),
            models.CheckConstraint(
                condition=~Q(status=ErasureStatus.SENDING) | Q(leased_until__isnull=False, closed_at=None),
                name="erasure_is_sent_under_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(gathered=None),
                name="erasure_gathers_while_open",
            ),
            models.CheckConstraint(
                condition=Q(choice=Choice.NONE, chosen_by=None, chosen_from=None)
                | Q(choice=Choice.ALL, chosen_by__isnull=False, targets=None)
                | Q(choice=Choice.TICKED, chosen_by__isnull=False, targets__isnull=False),
                name="erasure_choice_has_person_and_targets",
            ),
            models.CheckConstraint(
                condition=~Q(status=ErasureStatus.MANUAL)
                | Q(manual_by__isnull=False, closed_by__isnull=False) & ~Q(manual_by=F("closed_by")),
                name="erasure_by_hand_needs_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "not_before"], condition=Q(closed_at=None), name="erasure_by_due_time"),
            models.Index(fields=["leased_until"], condition=Q(leased_until__isnull=False), name="erasure_by_lease"),
            models.Index(fields=["ticket", "closed_at"], name="erasure_by_ticket"),
        ]

    def __str__(self):
        return f"erasure {self.pk}"

    @property
    def subject(self) -> str:
        """Name this erasure in the ledger; needs ``ticket`` and ``account`` loaded."""
        return f"{self.ticket.reference}/{self.account.name}/{self.kind}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_partly_done(self) -> bool:
        """Tell whether a request was accepted and a further one, for other profiles, is still to come."""
        return self.round > 1 or self.target > 0

    @property
    def gathered_name(self) -> str:
        return f"erasure.gathered|{self.account_id}|{self.kind}"

    @property
    def targets_name(self) -> str:
        return f"erasure.targets|{self.account_id}|{self.kind}"


class Attempt(models.Model):
    """One deletion request for an erasure, committed before the first byte leaves; its answer is recorded once."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=1)
    target = models.PositiveSmallIntegerField(null=True, blank=True)
    fence = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    is_html = models.BooleanField(default=False)
    request_id = models.CharField(max_length=200, blank=True)
    words = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["erasure", "number"], name="attempts_are_numbered"),
            models.UniqueConstraint(
                fields=["erasure"], condition=Q(answered_at=None), name="one_request_in_flight_per_erasure"
            ),
        ]

    def __str__(self):
        return f"attempt {self.number} of erasure {self.erasure_id}"

    @property
    def words_name(self) -> str:
        return f"attempt.words|{self.pk}"
