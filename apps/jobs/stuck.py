"""What does not move by itself although it should: said with since when and what to do, and never cancelled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from . import health, selectors
from .models import Job

PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Stuck:
    """``reference`` names the ticket, where it is about one."""

    what: str
    since: datetime
    next_step: str
    reference: str = ""


def stuck_workers(*, at: datetime) -> list[Stuck]:
    """Return keepers whose workers are silent, and schedules that nobody rings."""
    states = [(keeper, health.state_of(keeper, at=at)) for keeper in selectors.keepers()]
    found = [
        Stuck(f"The workers on {keeper.host} have not answered", state.since, state.next_step)
        for keeper, state in states
        if state.tone == "bad"
    ]
    due_at = selectors.schedules_due_since()
    if due_at and due_at <= at - PATIENCE:
        found.append(Stuck("No schedule is rung, so that due work waits", due_at, "Start run_cluster on some host."))
    return found


def stuck_jobs(*, at: datetime) -> list[Stuck]:
    """Return unfinished jobs that no worker has taken up for ten minutes."""
    late = at - PATIENCE
    never_begun = Q(turn=0, leased_until=None, created_at__lte=late)
    jobs = Job.objects.unfinished().filter(never_begun | Q(leased_until__lte=late)).order_by("pk")
    return [
        Stuck(
            f"Job {job.pk} ({job.kind}) rests at {job.done} of {job.total}",
            job.leased_until or job.created_at,
            "It goes on by itself once workers answer; it can be stopped on its page.",
        )
        for job in jobs
    ]
