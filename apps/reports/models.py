from django.conf import settings
from django.db import models
from django.db.models import Q

from .formats import Format
from .orders import Moment


class AuditReport(models.Model):
    """One export: who made it, of what, and the digest of the bytes that left, once all of them had."""

    class State(models.TextChoices):
        STARTED = "started", "Started, not completed"
        FINISHED = "finished", "Finished"

    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    via = models.CharField(max_length=10)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    moment = models.CharField("period of", max_length=12, choices=Moment.choices, blank=True)
    first_date = models.DateField("first day", null=True)
    last_date = models.DateField("last day", null=True)
    as_format = models.CharField("format", max_length=10, choices=Format.choices)
    row_format = models.PositiveSmallIntegerField()
    with_masks = models.BooleanField("with masked identifiers")

    tickets = models.PositiveIntegerField(null=True)
    rows = models.PositiveIntegerField(null=True)
    sha256 = models.CharField("SHA-256 of the file", max_length=64, blank=True)

    class Meta:
        verbose_name = "audit report"
        permissions = [("export_auditreport", "Can export an audit report")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="started", finished_at=None, tickets=None, rows=None, sha256="")
                | Q(state="finished", finished_at__isnull=False, tickets__isnull=False, rows__isnull=False)
                & ~Q(sha256=""),
                name="report_is_finished_with_its_digest",
            ),
            models.CheckConstraint(
                condition=Q(moment="", first_date=None, last_date=None)
                | ~Q(moment="") & Q(first_date__isnull=False, last_date__isnull=False),
                name="report_has_a_whole_period_or_none",
            ),
        ]

    def __str__(self):
        return f"audit report {self.pk}"

    @property
    def reference(self) -> str:
        return f"report/{self.pk}"

    @property
    def file_name(self) -> str:
        return f"audit-report-{self.pk}.{self.as_format}"
