"""The ledger, its head, and the sealed copies of what vendors held."""

import json

from django.db import models
from django.db.models import Q

from apps.privacy.models import DataKey


class AuditEvent(models.Model):
    """One entry of the append-only ledger. The body is the evidence; the columns beside it are for finding it."""

    seq = models.PositiveBigIntegerField("number", primary_key=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=64, db_index=True)
    subject = models.CharField(max_length=200)
    # The first part of the subject, so that a ticket's history is one range of an index on every database.
    root = models.CharField(max_length=200)
    actor = models.CharField(max_length=150)
    body = models.BinaryField()
    prev = models.BinaryField(max_length=32)
    link = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "ledger event"
        indexes = [models.Index(fields=["root", "subject", "seq"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.action}"

    @property
    def entry(self) -> dict[str, object]:
        """Read the body; raise ValueError where somebody broke it."""
        return json.loads(bytes(self.body))


class LedgerHead(models.Model):
    """The last link, in one row that every writer locks: a cut tail shows against it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField()
    link = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ledger_has_one_head")]

    def __str__(self) -> str:
        return f"head at {self.seq}"


class AuditSnapshot(models.Model):
    """A sealed copy of what one look found. Without `sealed` it was shredded; uuids, digest and times stay."""

    class Moment(models.TextChoices):
        BEFORE = "before", "Before the deletion"
        AFTER = "after", "After the deletion"

    subject = models.CharField("erasure", max_length=200, db_index=True)
    moment = models.CharField(max_length=6, choices=Moment.choices)
    taken_at = models.DateTimeField()
    profiles = models.PositiveIntegerField()
    owners = models.PositiveIntegerField("different customer ids", default=0)
    unsubscribed = models.BooleanField(null=True)
    vendor_uuids = models.JSONField(default=list)
    digest = models.BinaryField(max_length=32)
    key = models.OneToOneField(DataKey, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField(null=True)

    class Meta:
        verbose_name = "audit snapshot"

    def __str__(self) -> str:
        return f"{self.subject}, {self.moment}"

    @property
    def sealed_name(self) -> str:
        return f"snapshot.sealed|{self.subject}|{self.moment}"

    @property
    def is_readable(self) -> bool:
        return self.sealed is not None
