from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.privacy.models import DataKey
from apps.tickets.records import is_same_record
from apps.vendors.models import VendorAccount

from .erasure import Erasure
from .ticket import DeletionTicket


class Reappearance(models.Model):
    """A subject seen again at a vendor after an erasure was closed: a row of its own, so the closed ticket stays as is.

    ``key`` is the closed ticket's key, or one of its own where that was destroyed before the person came back. Without
    ``evidence`` it was shredded.
    """

    class Status(models.TextChoices):
        OPEN = "open", "To be decided"
        BY_CHOICE = "by_choice", "Came back by choice"
        REIMPORTED = "reimported", "Re-imported"

    class SeenBy(models.TextChoices):
        SEARCH = "search", "Search"
        FIND = "find", "A find for this person"
        READ_BACK = "read_back", "The check after the deletion"

    class Source(models.TextChoices):
        """What a person may blame; the column takes other codes too, since integrations come and go."""

        STRIPE = "stripe", "Stripe"
        SHOPIFY = "shopify", "Shopify"
        WEBHOOK_REPLAY = "webhook_replay", "Webhook replay"
        IMPORT = "import", "Import"
        OTHER = "other", "Something else"

    ticket = models.ForeignKey(DeletionTicket, on_delete=models.PROTECT, related_name="reappearances")
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="reappearances")
    account = models.ForeignKey(VendorAccount, on_delete=models.PROTECT, related_name="reappearances")
    old_uuid = models.CharField("record before", max_length=100, blank=True)
    new_uuid = models.CharField("record now", max_length=100, blank=True)
    seen_by = models.CharField(max_length=10, choices=SeenBy.choices)
    first_seen_at = models.DateTimeField("first seen")
    days_after = models.PositiveIntegerField("days after erasure")
    unsubscribed = models.BooleanField(null=True)
    key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+")
    evidence = models.BinaryField(null=True)

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    source = models.CharField(max_length=40, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.BinaryField(null=True)
    follow_up = models.ForeignKey(
        DeletionTicket, on_delete=models.PROTECT, null=True, blank=True, related_name="reappearances_followed"
    )

    class Meta:
        permissions = [("decide_reappearance", "Can decide why a person came back")]
        constraints = [
            models.UniqueConstraint(fields=["account", "new_uuid", "erasure"], name="reappearance_is_recorded_once"),
            models.CheckConstraint(
                condition=Q(status="open", decided_by=None, decided_at=None, reason=None)
                | ~Q(status="open") & Q(decided_by__isnull=False, decided_at__isnull=False, reason__isnull=False),
                name="reappearance_decision_has_person_time_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="reimported", follow_up__isnull=False) & ~Q(source="")
                | ~Q(status="reimported") & Q(follow_up=None),
                name="reappearance_reimport_has_source_and_follow_up",
            ),
        ]
        indexes = [models.Index(fields=["status", "first_seen_at"], name="reappearance_by_status")]

    def __str__(self):
        return f"reappearance {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_readable(self) -> bool:
        """Tell whether what was seen can still be opened; needs ``key`` loaded."""
        return self.evidence is not None and self.key.shredded_at is None

    @property
    def is_same_record(self) -> bool:
        """Tell whether the very record that was erased carries personal fields again."""
        return is_same_record(self.old_uuid, self.new_uuid)

    @property
    def evidence_name(self) -> str:
        return f"reappearance.evidence|{self.account_id}|{self.new_uuid}|{self.erasure_id}"

    @property
    def reason_name(self) -> str:
        return f"reappearance.reason|{self.pk}"
