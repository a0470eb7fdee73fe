from django.conf import settings
from django.db import models

from apps.jobs.models import Job
from apps.privacy.models import DataKey

from .kinds import EntryKind
from .lists import SuppressionList

DIGESTS = ("digests", "digests of this console")


class SuppressionImport(models.Model):
    """One file taken into one list: the source of every entry that it made, for as long as it is not withdrawn.

    ``position`` and ``line`` say how much of the file is committed; a run that was killed goes on from there.
    """

    reference = models.CharField(max_length=64, unique=True)
    list = models.ForeignKey(SuppressionList, on_delete=models.PROTECT, related_name="imports")
    identifiers = models.CharField(max_length=20, choices=[*EntryKind.choices, DIGESTS])
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    position = models.PositiveBigIntegerField(default=0)
    line = models.PositiveBigIntegerField(default=0)
    added = models.PositiveBigIntegerField(default=0)
    known = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    via = models.CharField(max_length=10)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="suppression_imports")
    upload_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "suppression import"

    def __str__(self) -> str:
        return self.reference


class ImportReject(models.Model):
    """One line of a file that was refused, by number and reason; what stood there is not kept."""

    source_import = models.ForeignKey(SuppressionImport, on_delete=models.CASCADE, related_name="rejects")
    line = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200)

    class Meta:
        verbose_name = "refused line"

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class UploadedPiece(models.Model):
    """A piece of an uploaded file, sealed under a key of the file's own, for any host's worker to read."""

    key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "number"], name="uploaded_piece_has_a_place")]

    def __str__(self) -> str:
        return f"piece {self.number}"
