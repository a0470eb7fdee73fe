import logging
import traceback
import uuid

from django.utils import timezone
from django.utils.module_loading import import_string

from . import keepers, lifeline, services

logger = logging.getLogger(__name__)


def run(task: str, *ids: int) -> str:
    """Run a task by dotted name and return "", or the id of its error. A worker that has to stop gives it back."""
    if lifeline.must_stop():
        services.ring(task, *ids)
        return ""
    return _try(task, *ids)


def run_turn(task: str, job_id: int, turn: int) -> None:
    """Run one turn of a job and ring for the next one while it is unfinished; an error is noted on the job."""
    if lifeline.must_stop():
        services.ring_turn(task, job_id, turn)
    elif services.take_turn(job_id, turn, at=timezone.now()):
        _work_turn(task, job_id)


def beat() -> None:
    """Do nothing: that it was done is what counts."""


def note_answer(result: object) -> None:
    """Tell the keeper of this cluster that a task has gone all the way; django-q2 calls it with every result."""
    keepers.note_answer(lifeline.keeper_id(), at=timezone.now())


def prune_results() -> None:
    services.prune_results(at=timezone.now())


def _work_turn(task: str, job_id: int) -> None:
    error_id = _try(task, job_id)
    if error_id:
        services.fail_turn(job_id, error_id, at=timezone.now())
    elif (job := services.end_turn(job_id)).is_open:
        services.ring_job(job, task)


def _try(task: str, *ids: int) -> str:
    """Run a task; the one catch-all of the project.

    django-q2 would store and log the text of an exception, which may hold somebody's data. Here its class, its frames
    and an error id are logged, and the rows that the task works on say what is still to do.
    """
    try:
        import_string(task)(*ids)
    except Exception as error:  # noqa: BLE001
        error_id = str(uuid.uuid4())
        logger.error(  # noqa: TRY400
            "Task %s %s failed: %s, error id %s, in %s", task, ids, type(error).__name__, error_id, _frames(error)
        )
        return error_id
    return ""


def _frames(error: Exception) -> str:
    """Name where it was raised, innermost first: places in the code hold no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in reversed(frames))
