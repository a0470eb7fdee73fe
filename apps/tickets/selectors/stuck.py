"""What does not move by itself although it should, over all tickets. Reads only: nothing is ever cancelled here."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max

from apps.jobs.stuck import PATIENCE, Stuck, stuck_jobs, stuck_workers
from apps.tickets.models import Attempt, Erasure
from apps.tickets.outlook import LEASE_SLACK
from apps.vendors.models import VendorAccount

from .acts_due import due_acts
from .due import next_due_at, unmoved, workable_accounts

_TAKEN_BACK = (
    "It is taken back by itself once workers answer on a host that has this account's keys; what may have left is "
    "looked up first."
)

_BY_A_PERSON = "Open the ticket: try it again, record it as erased by hand, or close it with a reason."


def stuck(*, at: datetime) -> list[Stuck]:
    """Return everything that is stuck, oldest first."""
    sources = [stuck_workers, stuck_jobs, _held, _unmoved, _unanswered, _untaken, _acts]
    found = [line for source in sources for line in source(at=at)]
    return sorted(found, key=lambda line: line.since)


def _held(*, at: datetime) -> Iterator[Stuck]:
    rows = Erasure.objects.open().filter(leased_until__lte=at - LEASE_SLACK).select_related("ticket", "account")
    for erasure in rows.order_by("leased_until", "pk"):
        what = f"{erasure.subject} is in the hands of a worker that has not come back"
        yield Stuck(what, erasure.leased_until, _TAKEN_BACK, erasure.ticket.reference)


def _unmoved(*, at: datetime) -> Iterator[Stuck]:
    """Name what no rule takes up and nobody was asked about: a state that should not exist."""
    for erasure in unmoved().select_related("ticket", "account").order_by("pk"):
        ticket = erasure.ticket
        moments = (erasure.looked_at, erasure.accepted_at, ticket.approved_at, ticket.opened_at)
        what = f"{erasure.subject} waits for nothing, and nobody was asked about it"
        yield Stuck(what, max(moment for moment in moments if moment), _BY_A_PERSON, ticket.reference)


def _unanswered(*, at: datetime) -> Iterator[Stuck]:
    rows = Attempt.objects.filter(answered_at=None, erasure__leased_until=None, started_at__lte=at - LEASE_SLACK)
    for attempt in rows.select_related("erasure__ticket", "erasure__account").order_by("started_at", "pk"):
        what = (
            f"Request {attempt.number} of {attempt.erasure.subject} has no recorded answer, and no worker waits for it"
        )
        next_step = "Open the ticket and look now: the look says whether it had an effect."
        yield Stuck(what, attempt.started_at, next_step, attempt.erasure.ticket.reference)


def _untaken(*, at: datetime) -> Iterator[Stuck]:
    """Name accounts whose due work has waited while nothing was done for them: a backlog that moves is none."""
    for account in workable_accounts():
        moments = [next_due_at(account, at=at), _last_move_at(account)]
        if moments[0] is None:
            continue
        since = max(moment for moment in moments if moment)
        if since <= at - PATIENCE:
            what = f"Work for {account.name} is due, and no worker takes it"
            yield Stuck(what, since, "See whether the workers answer; `manage.py work` does it in a terminal.")


def _last_move_at(account: VendorAccount) -> datetime | None:
    sent = Attempt.objects.filter(erasure__account=account).aggregate(last=Max("started_at"))["last"]
    looked = Erasure.objects.filter(account=account).aggregate(last=Max("looked_at"))["last"]
    return max((moment for moment in (sent, looked) if moment), default=None)


def _acts(*, at: datetime) -> Iterator[Stuck]:
    for act in due_acts(at=at - PATIENCE).select_related("erasure__ticket", "erasure__account"):
        what = f"An unsubscribe for {act.erasure.subject} waits"
        yield Stuck(what, act.not_before, "See whether the workers answer.", act.erasure.ticket.reference)
