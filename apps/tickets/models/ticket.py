from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.privacy.models import DataKey
from apps.tickets.regimes import Regime
from apps.tickets.states import CLOSED, DenialCode, Resolution, TicketStatus


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    FORM = "form", "Web form"
    PHONE = "phone", "Telephone"
    LETTER = "letter", "Letter"
    CHAT = "chat", "Chat"
    API = "api", "API"
    OTHER = "other", "Other"


class Requester(models.TextChoices):
    SELF = "self", "The person"
    AGENT = "agent", "An agent"
    PARENT = "parent", "A parent"


class IdentityBasis(models.TextChoices):
    LOGGED_IN = "logged_in", "Logged-in account"
    ANSWERED = "answered", "Answered from the address"
    DOCUMENT = "document", "Document seen and not kept"
    AUTHORITY = "authority", "Agent with written authority"
    ELSEWHERE = "elsewhere", "Checked elsewhere"
    ASKED = "asked", "Still asked for"


class OwnInitiative(models.TextChoices):
    """What stands in for requester and identity where nobody asked. No form and no file offers it."""

    REQUESTER = "own", "Own initiative"
    BASIS = "reimported", "Own initiative: re-imported after an erasure"


class SourcesPaused(models.TextChoices):
    PAUSED = "paused", "Yes, all of them are paused"
    NOT_PAUSED = "not_paused", "No, at least one still sends"
    NONE = "none", "There is none"
    UNKNOWN = "unknown", "Not known"


class NotSuppressed(models.TextChoices):
    """Why an approver kept the subject off the suppression list: a code, since free words would hold names."""

    STAYS = "stays", "The person stays a customer and wants to be written to"
    SHARED = "shared", "The address belongs to others too, who may be written to"
    HELD_ELSEWHERE = "held_elsewhere", "Another system keeps the person out"
    MADE_UP = "made_up", "A test record: nobody is behind it"


_REQUESTERS = [*Requester.choices, (OwnInitiative.REQUESTER.value, OwnInitiative.REQUESTER.label)]
_BASES = [*IdentityBasis.choices, (OwnInitiative.BASIS.value, OwnInitiative.BASIS.label)]


class DeletionTicketQuerySet(models.QuerySet):
    def open(self):
        return self.exclude(status__in=CLOSED)

    def overdue(self, at):
        return self.open().filter(due_at__lt=at)


class DeletionTicket(models.Model):
    """One subject's request. Nothing personal lies here in clear: see ``key`` and TicketIdentifier."""

    reference = models.CharField(max_length=20, unique=True)
    status = models.CharField(max_length=20, choices=TicketStatus.choices)
    resolution = models.CharField(max_length=20, choices=Resolution.choices, blank=True)
    denial_code = models.CharField(max_length=40, choices=DenialCode.choices, blank=True)
    on_hold = models.BooleanField(default=False)
    urgent = models.BooleanField(default=False)
    own_initiative = models.BooleanField(default=False)

    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    requested_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    received_assumed = models.BooleanField(default=False)
    regime = models.CharField(max_length=10, choices=Regime.choices)
    due_at = models.DateTimeField()

    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    external_ref = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=35, blank=True)
    country = models.CharField(max_length=2, blank=True)
    requester = models.CharField(max_length=10, choices=_REQUESTERS, default=Requester.SELF)

    identity_basis = models.CharField(max_length=10, choices=_BASES)
    identity_verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    identity_verified_at = models.DateTimeField(null=True, blank=True)

    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approval_expires_at = models.DateTimeField(null=True, blank=True)
    forecast_at_approval = models.DateTimeField(null=True, blank=True)
    leaves_at = models.DateTimeField(null=True, blank=True)
    sources_paused = models.CharField(max_length=12, choices=SourcesPaused.choices, blank=True)
    not_suppressed = models.CharField(max_length=20, choices=NotSuppressed.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    predecessor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="successors")
    cover = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates")
    status_before_duplicate = models.CharField(max_length=20, choices=TicketStatus.choices, blank=True)
    batch = models.ForeignKey(
        "tickets.TicketBatch", on_delete=models.PROTECT, null=True, blank=True, related_name="tickets"
    )

    key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+")
    note = models.BinaryField(null=True)
    original_request = models.BinaryField(null=True)

    objects = DeletionTicketQuerySet.as_manager()

    class Meta:
        permissions = [
            ("verify_deletionticket", "Can verify a subject's identity"),
            ("approve_deletionticket", "Can approve a deletion"),
            ("deny_deletionticket", "Can deny a deletion"),
            ("cancel_deletionticket", "Can cancel a ticket"),
            ("hold_deletionticket", "Can put a ticket on hold"),
            ("release_deletionticket", "Can release a ticket from hold"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("opened_by")),
                name="ticket_needs_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | Q(identity_verified_by=None)
                | ~Q(approved_by=F("identity_verified_by")),
                name="ticket_approver_did_not_verify_identity",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=False)
                | ~Q(status__in=[TicketStatus.APPROVED, TicketStatus.IN_PROGRESS, TicketStatus.AWAITING_READBACK]),
                name="ticket_leaves_only_approved",
            ),
            models.CheckConstraint(
                condition=Q(identity_verified_by__isnull=False)
                | Q(own_initiative=True)
                | ~Q(status__in=[TicketStatus.PENDING_APPROVAL, TicketStatus.APPROVED, TicketStatus.IN_PROGRESS]),
                name="ticket_waits_for_identity",
            ),
            models.CheckConstraint(
                condition=Q(status__in=CLOSED, closed_at__isnull=False) & ~Q(resolution="")
                | ~Q(status__in=CLOSED) & Q(closed_at=None, resolution=""),
                name="ticket_resolution_is_set_once_closed",
            ),
            models.CheckConstraint(
                condition=Q(own_initiative=False) | Q(regime=Regime.OTHER, requested_at=None),
                name="own_initiative_has_no_subjects_clock",
            ),
            models.CheckConstraint(
                condition=Q(
                    own_initiative=True,
                    requester=OwnInitiative.REQUESTER,
                    identity_basis=OwnInitiative.BASIS,
                    identity_verified_by=None,
                )
                | Q(own_initiative=False)
                & ~Q(requester=OwnInitiative.REQUESTER)
                & ~Q(identity_basis=OwnInitiative.BASIS),
                name="own_initiative_names_no_requester_and_no_verifier",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "due_at"], name="ticket_by_status_and_due"),
            models.Index(fields=["due_at", "id"], name="ticket_by_due"),
        ]

    def __str__(self):
        return self.reference

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED


class TicketIdentifier(models.Model):
    """How the vendors know the subject: sealed as typed, digested for look-ups. Never changed after opening."""

    ticket = models.ForeignKey(DeletionTicket, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=20)
    sealed = models.BinaryField()
    masked = models.CharField(max_length=80)
    digest = models.BinaryField(max_length=32)
    digest_key_id = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "kind"], name="one_identifier_of_a_kind_per_ticket")]
        indexes = [models.Index(fields=["digest"], name="identifier_by_digest")]

    def __str__(self):
        return f"{self.ticket_id} {self.kind}"

    @property
    def sealed_name(self) -> str:
        return f"identifier|{self.kind}"


class TicketNumber(models.Model):
    """The last number given in a year: references are dense and never reused."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.year}: {self.last}"
