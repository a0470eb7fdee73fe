from django.conf import settings
from django.db import models

from apps.jobs.models import Job
from apps.privacy.models import DataKey


class TicketBatch(models.Model):
    """Tickets opened together from one file; the file stays sealed until its rows are opened."""

    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="ticket_batch", null=True, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    identity_basis = models.CharField(max_length=10, blank=True)
    rows = models.PositiveIntegerField(default=0)
    key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    source = models.BinaryField(null=True)

    class Meta:
        verbose_name_plural = "ticket batches"

    def __str__(self):
        return f"batch {self.pk}"


class RejectedRow(models.Model):
    """A row of a file that opened no ticket: its line, the reason, and the row itself under the batch's key."""

    batch = models.ForeignKey(TicketBatch, on_delete=models.CASCADE, related_name="rejects")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)
    row = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="one_reject_per_line")]

    def __str__(self):
        return f"line {self.line}"
