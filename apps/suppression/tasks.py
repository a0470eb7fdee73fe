"""What the queue runs: ids in, one service call, nothing out."""

from django.utils import timezone

from . import services
from .models import SuppressionImport


def import_upload(job_id: int) -> None:
    services.import_upload(SuppressionImport.objects.get(job=job_id).pk, clock=timezone.now)
