"""Whom nobody may mail for marketing or import again: lists of keyed digests, and why each stands there."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.privacy.identifiers import Kind


class SuppressionList(models.Model):
    """A named list with one purpose. It blocks marketing and re-import, never the mail about an order."""

    name = models.SlugField(max_length=63, unique=True)
    title = models.CharField(max_length=100)
    purpose = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "suppression list"

    def __str__(self) -> str:
        return self.name


class SuppressionEntryQuerySet(models.QuerySet):
    def live(self) -> "SuppressionEntryQuerySet":
        return self.filter(lifted_at=None)

    def blocking(self, at: datetime) -> "SuppressionEntryQuerySet":
        return self.live().filter(Q(expires_at=None) | Q(expires_at__gt=at))


class SuppressionEntry(models.Model):
    """One identifier on one list, as a digest that cannot be turned back. Lifted entries stay as history."""

    class LiftReason(models.TextChoices):
        CAME_BACK = "came_back", "The person came back by choice"
        ADDED_IN_ERROR = "added_in_error", "Added in error"
        SOURCES_WITHDRAWN = "sources_withdrawn", "Nothing supports it any more"

    list = models.ForeignKey(SuppressionList, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value.replace("_", " ")) for kind in Kind])
    digest = models.BinaryField(max_length=32)
    key_id = models.CharField(max_length=32)
    masked = models.CharField("shown as", max_length=100)
    created_at = models.DateTimeField("since")
    expires_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=20, choices=LiftReason.choices, blank=True)

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
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def is_live(self) -> bool:
        return self.lifted_at is None


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
