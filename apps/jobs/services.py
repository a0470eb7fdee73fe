"""Ring the workforce. The rows of other apps are the queue; a message carries a dotted name and ids, nothing else."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django_q.models import Failure, Schedule, Success
from django_q.tasks import async_task

from .models import Job, Wake

KEEP_RESULTS = timedelta(days=1)
LEASE = timedelta(minutes=1)  # three times what a turn takes
MOST_FAILURES = 3


def ring(task: str, *ids: int) -> None:
    """Wake a worker for ``task`` once the transaction commits; at once where there is none.

    A lost, doubled or late ring changes nothing: schedules ring again each minute. A broker that cannot be reached is
    logged by Django and does not undo the deed.
    """
    _send("apps.jobs.tasks.run", task, *ids)


def ring_at(task: str, subject: int, *, at: datetime) -> None:
    """Let a keeper wake a worker within two seconds of ``at``, in place of the moment that was asked for before."""
    Wake.objects.update_or_create(task=task, subject=subject, defaults={"at": at})


def ring_due(*, at: datetime) -> None:
    """Ring for what was to be rung by now; of several keepers, one does."""
    for wake in Wake.objects.filter(at__lte=at).order_by("at", "pk"):
        if Wake.objects.filter(pk=wake.pk, at=wake.at).delete()[0]:
            ring(wake.task, wake.subject)


def ring_job(job: Job, task: str) -> None:
    """Wake a worker for the next turn of a job; however often it is rung for, a turn is worked once."""
    ring_turn(task, job.pk, job.turn)


def ring_turn(task: str, job_id: int, turn: int) -> None:
    """Wake a worker for one turn of a job that may have moved on meanwhile."""
    _send("apps.jobs.tasks.run_turn", task, job_id, turn)


def ring_beat() -> None:
    """Send a task that does nothing: it comes back only if every part of some cluster works."""
    _send("apps.jobs.tasks.beat")


def take_turn(job_id: int, turn: int, *, at: datetime) -> bool:
    """Take a turn of an unfinished job; False where it was taken before, or another worker is at the job."""
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    waiting = Job.objects.unfinished().filter(free, pk=job_id, turn=turn)
    return bool(waiting.update(turn=F("turn") + 1, leased_until=at + LEASE))


def end_turn(job_id: int) -> Job:
    """Let the next turn be taken at once, and return the job as it stands."""
    Job.objects.filter(pk=job_id).update(leased_until=None, failures=0)
    return Job.objects.get(pk=job_id)


def fail_turn(job_id: int, error_id: str, *, at: datetime) -> None:
    """Note an error. The sweep rings again once the lease has run out; after MOST_FAILURES in a row the job ends."""
    Job.objects.filter(pk=job_id).update(failures=F("failures") + 1, error_id=error_id)
    worn_out = Job.objects.unfinished().filter(pk=job_id, failures__gte=MOST_FAILURES)
    worn_out.update(status=Job.Status.FAILED, finished_at=at)


def ring_minutely() -> None:
    """Ring now for what is rung each minute: what workers had fetched when they were killed may be lost."""
    for schedule in Schedule.objects.filter(func="apps.jobs.tasks.run", minutes=1).order_by("pk"):
        ring(schedule.name)


def prune_results(*, at: datetime) -> None:
    """Delete django-q2's own rows after a day; they hold names and ids, and no evidence."""
    Success.objects.filter(stopped__lt=at - KEEP_RESULTS).delete()
    Failure.objects.filter(stopped__lt=at - KEEP_RESULTS).delete()


def _send(function: str, *arguments: str | int) -> None:
    """Hand a message to the broker after commit; whoever records its result tells the keeper that its cluster lives."""

    def send() -> None:  # Django names what it logs, and a partial has no name
        async_task(function, *arguments, hook="apps.jobs.tasks.note_answer")

    transaction.on_commit(send, robust=True)
