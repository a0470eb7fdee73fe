"""Ring the workforce. The rows of other apps are the queue; a message carries a dotted name and ids, nothing else."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django_q.models import Failure, Success
from django_q.tasks import async_task

KEEP_RESULTS = timedelta(days=1)


def ring(task: str, *ids: int) -> None:
    """Wake a worker for ``task`` once the transaction commits; at once where there is none.

    A lost, doubled or late ring changes nothing: schedules ring again each minute. A broker that cannot be reached is
    logged by Django and does not undo the deed.
    """
    transaction.on_commit(partial(async_task, "apps.jobs.tasks.run", task, *ids), robust=True)


def prune_results(*, at: datetime) -> None:
    """Delete django-q2's own rows after a day; they hold names and ids, and no evidence."""
    Success.objects.filter(stopped__lt=at - KEEP_RESULTS).delete()
    Failure.objects.filter(stopped__lt=at - KEEP_RESULTS).delete()
