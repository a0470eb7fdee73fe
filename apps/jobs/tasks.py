import logging
import uuid

from django.utils import timezone
from django.utils.module_loading import import_string

from . import services

logger = logging.getLogger(__name__)


def run(task: str, *ids: int) -> None:
    """Run a task by dotted name; the one catch-all of the project.

    django-q2 would store and log the text of an exception, which may hold somebody's data. Here its class and an
    error id are logged, nothing is returned, and the rows that the task works on say what is still to do.
    """
    try:
        import_string(task)(*ids)
    except Exception as error:  # noqa: BLE001
        logger.error("Task %s %s failed: %s, error id %s", task, ids, type(error).__name__, uuid.uuid4())  # noqa: TRY400


def prune_results() -> None:
    services.prune_results(at=timezone.now())
