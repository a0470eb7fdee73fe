import uuid

from django.conf import settings
from django.db import models

from .erasure import Erasure
from .ticket import DeletionTicket


class Reason(models.Model):
    """Why somebody ended or held something back, or the evidence for it: sealed, one row per act, never changed."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(DeletionTicket, on_delete=models.PROTECT, related_name="reasons")
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, null=True, blank=True, related_name="reasons")
    action = models.CharField(max_length=64)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    given_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["ticket", "given_at"], name="reason_by_ticket")]

    def __str__(self):
        return f"reason of {self.action}"

    @property
    def sealed_name(self) -> str:
        return f"reason|{self.pk}"
