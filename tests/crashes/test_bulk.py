"""Two hundred tickets on their way when a worker is killed: alone, and beside another one that goes on."""

from collections import Counter
from functools import partial

import pytest

from apps.audit.models import AuditEvent
from apps.tickets.models import DeletionTicket
from tests.keeper_process import until
from tests.tickets.builders import accounts, approve_one, open_one, work

from .process import KILLED, begin, end_of, run
from .test_workers import LEASE, WHILE_SENDING

pytestmark = pytest.mark.full
PEOPLE = [f"person{number}@example.com" for number in range(200)]
IN_FLIGHT = 4


@pytest.fixture
def approved(sandbox, people, clock) -> None:
    alice, bob = people
    accounts(sandbox, "bento", timeout="30s", verify_after="1h,2h", lanes=2, concurrency=IN_FLIGHT)
    sandbox.add_many([{"vendor": "bento", "email": email} for email in PEOPLE])
    tickets = [open_one(email, opened_by=alice) for email in PEOPLE]
    work(clock)
    for ticket in tickets:
        approve_one(ticket, approved_by=bob)


def begin_beside(sandbox, clock) -> int:
    """Begin another worker once the first one sends: it may have sent all before that one gets SQLite's one lock."""
    until(sandbox.deletions)
    return begin(partial(work, clock))


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("place", [place for place, _ in WHILE_SENDING])
def test_a_killed_worker_costs_no_more_than_what_it_had_in_flight(place, others, approved, clock, sandbox, broken):
    doomed = begin(partial(work, clock), f"{place}:{15 if others else 5}")
    beside = [begin_beside(sandbox, clock) for _ in range(others)]
    assert end_of(doomed) == KILLED
    assert [end_of(worker) for worker in beside] == [0] * others

    for seconds in (LEASE, 3600, 7200):
        clock.advance(seconds=seconds)
        assert run(partial(work, clock)) == 0

    ends = Counter(DeletionTicket.objects.values_list("status", "resolution"))
    asked = Counter(act["identifiers"][-1] for act in sandbox.deletions())
    assert ends == {("completed", "erased_verified"): len(PEOPLE)}
    assert AuditEvent.objects.filter(action="erasure.worker_died").count() <= IN_FLIGHT
    assert set(asked) == set(PEOPLE)
    assert broken() == []
