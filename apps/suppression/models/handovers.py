from datetime import UTC

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.privacy.models import DataKey

from .lists import SuppressionList


class SuppressionHandover(models.Model):
    """One file that left for another system: who gets it, for what, and the digest of the bytes once all had left."""

    class State(models.TextChoices):
        STARTED = "started", "Started, not completed"
        FINISHED = "finished", "Finished"

    class RecipientKind(models.TextChoices):
        OWN = "own", "A system of our own"
        PROCESSOR = "processor", "A processor, bound by a contract with us"
        THIRD_PARTY = "third_party", "Somebody else"

    class Form(models.TextChoices):
        KEYED = "keyed", "Keyed digests"
        SHA256 = "sha256", "Plain SHA-256 (weaker)"

    class Purpose(models.TextChoices):
        MARKETING = "marketing", "Keep these people out of marketing"
        IMPORT = "import", "Keep these people from being imported again"
        MIGRATION = "migration", "Move to another system of suppression"

    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    via = models.CharField(max_length=10)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    recipient = models.CharField(max_length=63)
    recipient_kind = models.CharField(max_length=12, choices=RecipientKind.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    statement_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    statement = models.BinaryField(null=True)
    list = models.ForeignKey(
        SuppressionList, on_delete=models.PROTECT, null=True, related_name="handovers", verbose_name="list"
    )

    form = models.CharField(max_length=6, choices=Form.choices, default=Form.KEYED)

    rows = models.PositiveBigIntegerField(null=True)
    left_out = models.PositiveBigIntegerField(null=True, help_text="Entries whose address nobody can read any more.")
    sha256 = models.CharField("SHA-256 of the file", max_length=64, blank=True)
    signature = models.CharField(max_length=100, blank=True)
    public_key = models.CharField(max_length=50, blank=True)
    # Format 1 had neither purpose, form and moment nor what was left out.
    text_format = models.PositiveSmallIntegerField("format of the signed text", db_default=1)

    class Meta:
        verbose_name = "suppression handover"
        permissions = [
            ("export_suppressionhandover", "Can hand a suppression list over"),
            ("export_sha256", "Can hand a suppression list over as plain SHA-256"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="started", finished_at=None, rows=None, sha256="", signature="")
                | Q(state="finished", finished_at__isnull=False, rows__isnull=False) & ~Q(sha256=""),
                name="handover_is_finished_with_its_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"handover/{self.pk}"

    @property
    def made_at(self) -> str:
        return self.started_at.astimezone(UTC).isoformat(timespec="seconds")

    @property
    def file_name(self) -> str:
        return f"suppression-handover-{self.pk}.csv"

    @property
    def statement_name(self) -> str:
        return f"suppression_handover.statement|{self.pk}"

    @property
    def list_name(self) -> str:
        return self.list.name if self.list else "all lists"
