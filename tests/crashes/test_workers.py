"""A worker is killed at each step of its way. Whatever it leaves, the next one brings to a true end, and nobody is
asked for twice without a look."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from apps.tickets.models import DeletionTicket
from tests.tickets.builders import ADA, accounts, actions, approve_one, erasure_of, open_one, work

from .process import KILLED, begin, end_of, run

LEASE = 60  # seconds: the timeout of one request and the margin
SOON_ENOUGH = (LEASE, 3600, 7200)


@dataclass(frozen=True)
class End:
    """Where an erasure stands in the end, and what that took; ``unknown`` says that its outcome was once unknown."""

    attempts: int
    deletions: int
    unknown: bool


ROLLED_BACK = End(attempts=1, deletions=1, unknown=False)
NEVER_ARRIVED = End(attempts=2, deletions=1, unknown=True)
ARRIVED = End(attempts=1, deletions=1, unknown=True)
RECORDED = End(attempts=1, deletions=1, unknown=False)

WHILE_LOOKING = [
    "claim-uncommitted",
    "claimed",
    "headers-sent",
    "body-sent",
    "status-read",
    "answer-read",
    "snapshot-unfinished",
    "ledger-head-behind",
    "look-committed",
]
WHILE_SENDING = [
    ("claim-uncommitted", ROLLED_BACK),
    ("ledger-head-behind", ROLLED_BACK),
    ("claimed", NEVER_ARRIVED),
    ("before-connect", NEVER_ARRIVED),
    ("headers-sent", NEVER_ARRIVED),
    ("body-sent", ARRIVED),
    ("status-read", ARRIVED),
    ("answer-read", ARRIVED),
    ("result-uncommitted", ARRIVED),
    ("result-committed", RECORDED),
]


@pytest.fixture
def opened(sandbox, people) -> DeletionTicket:
    alice, _ = people
    accounts(sandbox, "bento", timeout="30s", verify_after="1h,2h")
    return open_one(opened_by=alice)


@pytest.fixture
def approved(opened, people, clock) -> DeletionTicket:
    _, bob = people
    work(clock)
    return approve_one(opened, approved_by=bob)


@pytest.fixture
def recover(clock) -> Callable[[], None]:
    """Let another worker take over: once the lease has run out, and after each window of the read-back."""

    def take_over() -> None:
        for seconds in SOON_ENOUGH:
            clock.advance(seconds=seconds)
            work(clock)

    def restart() -> None:
        assert run(take_over) == 0
        clock.advance(seconds=sum(SOON_ENOUGH))

    return restart


@pytest.mark.parametrize("place", WHILE_LOOKING)
def test_a_worker_killed_while_it_looks_leaves_nothing_but_another_look(
    place, opened, people, clock, recover, sandbox, broken
):
    assert run(partial(work, clock), place) == KILLED

    recover()
    approve_one(opened, approved_by=people[1], at=clock())
    recover()

    erasure = erasure_of(opened)
    assert (erasure.status, erasure.ticket.resolution) == ("verified_absent", "erased_verified")
    assert actions(opened).count("snapshot.sealed") == 2
    assert len(sandbox.deletions(ADA)) == 1
    assert broken() == []


@pytest.mark.parametrize(("place", "end"), WHILE_SENDING)
def test_a_worker_killed_while_it_sends_leaves_a_true_story(place, end, approved, clock, recover, sandbox, broken):
    assert run(partial(work, clock), place) == KILLED

    recover()

    erasure = erasure_of(approved)
    was_unknown = "erasure.outcome_unknown" in actions(approved) or "erasure.worker_died" in actions(approved)
    assert (erasure.status, erasure.ticket.resolution) == ("verified_absent", "erased_verified")
    assert End(erasure.attempts.count(), len(sandbox.deletions(ADA)), was_unknown) == end
    assert broken() == []


def test_nothing_is_called_done_before_another_worker_has_looked(approved, clock):
    run(partial(work, clock), "answer-read")

    assert erasure_of(approved).status == "sending"

    clock.advance(seconds=LEASE)
    run(partial(work, clock))

    assert erasure_of(approved).status == "outcome_unknown"


def test_an_erasure_that_two_workers_died_on_asks_a_person(approved, clock, recover, broken):
    run(partial(work, clock), "before-connect")
    clock.advance(seconds=LEASE)
    work(clock)
    clock.advance(hours=1)

    assert run(partial(work, clock), "before-connect") == KILLED

    recover()
    erasure = erasure_of(approved)
    assert (erasure.status, erasure.attention) == ("outcome_unknown", "crashed_twice")
    assert broken() == []


def test_a_full_disk_at_the_snapshot_lets_nothing_leave_and_is_no_end(opened, people, clock, recover, sandbox, broken):
    assert run(partial(work, clock), "snapshot-unfinished:enospc") == 1

    assert erasure_of(opened).before is None
    assert broken() == []

    recover()
    approve_one(opened, approved_by=people[1], at=clock())
    recover()

    assert erasure_of(opened).status == "verified_absent"
    assert len(sandbox.deletions(ADA)) == 1
    assert broken() == []


@pytest.mark.parametrize(
    "place", ["claimed", "before-connect", "answer-read", "result-uncommitted", "result-committed"]
)
def test_an_unforeseen_error_ends_like_a_crash(place, approved, clock, recover, sandbox, broken):
    assert run(partial(work, clock), f"{place}:raise") == 1

    recover()

    assert erasure_of(approved).status == "verified_absent"
    assert len(sandbox.deletions(ADA)) == 1
    assert broken() == []


def test_a_worker_that_hangs_is_not_waited_for(approved, clock, recover, sandbox, broken):
    worker = begin(partial(work, clock), "before-connect:hang")
    give_up_at = time.monotonic() + 10
    while erasure_of(approved).status != "sending" and time.monotonic() < give_up_at:
        time.sleep(0.02)

    recover()

    os.kill(worker, signal.SIGKILL)
    assert end_of(worker) == KILLED
    assert erasure_of(approved).status == "verified_absent"
    assert len(sandbox.deletions(ADA)) == 1
    assert broken() == []
