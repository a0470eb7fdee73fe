"""A worker that comes back while the sweep is taking its erasure away: whoever writes first decides, once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from apps.tickets.models import Erasure
from apps.tickets.services.claiming import Step, Worker, claim
from apps.tickets.services.looking import settle_look, settle_useless_look
from apps.tickets.services.settling import settle_answer
from apps.tickets.services.sighting import Sighting
from apps.tickets.services.sweeping import release_lapsed_leases
from apps.vendors.clients.answers import Look, Profile
from apps.vendors.clients.errors import Outcome, VendorUnclear
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configuration_of
from tests.tickets.builders import ADA, Clock, actions, erasure_of, work

ANOTHER = Profile(uuid="11111111-2222-3333-4444-555555555555", email=ADA)
NO_ANSWER = VendorUnclear("Nobody knows.", outcome=Outcome.UNKNOWN)
LAPSED = timedelta(minutes=9)


def take(clock: Clock, *, looks_first: bool) -> tuple[Worker, Step]:
    account = VendorAccount.objects.get()
    worker = Worker(configuration_of(account), account, "late")
    [step] = claim(worker, wanted=1, looks_first=looks_first, at=clock())
    return worker, step


@contextmanager
def overtaken_by(settle: Callable[[], None]) -> Iterator[None]:
    """Settle what a worker saw once the lapsed leases were read, before anything else asks the database."""
    steps = {"read": False, "settled": False}

    def run(execute, sql, params, many, context):
        if steps["read"] and not steps["settled"]:
            steps["settled"] = True
            settle()
        steps["read"] = steps["read"] or (sql.startswith("SELECT") and '"leased_until" <=' in sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield
    assert steps["settled"]


def sweep_overtaken_by(settle: Callable[[], None], clock: Clock) -> None:
    with overtaken_by(settle):
        release_lapsed_leases(at=clock())


def test_what_a_late_look_found_still_waits_for_an_approver(ready, sandbox, clock):
    ticket = ready("bento")
    clock.advance(hours=25)
    worker, step = take(clock, looks_first=True)
    clock.advance(seconds=LAPSED.total_seconds())
    found = Sighting(Look((ANOTHER,), b"{}", 200, ""), "typed")

    sweep_overtaken_by(lambda: settle_look(worker, step, found, at=clock()), clock)
    work(clock)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.attention, erasure.crashes) == ("queued", "changed_since_approval", 0)
    assert sandbox.deletions() == []
    assert "erasure.worker_died" not in actions(ticket)


def test_what_a_late_look_could_not_settle_still_waits_for_a_person(ready, sandbox, clock):
    ticket = ready("bento", timeout="30s", tries=1, verify_after="1h")
    take(clock, looks_first=False)
    clock.advance(seconds=60)
    work(clock)
    clock.advance(hours=1)
    worker, step = take(clock, looks_first=True)
    clock.advance(seconds=LAPSED.total_seconds())

    sweep_overtaken_by(lambda: settle_useless_look(worker, step, NO_ANSWER, at=clock()), clock)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.attention, erasure.crashes) == ("outcome_unknown", "unsettled", 1)
    assert actions(ticket).count("erasure.worker_died") == 1


def test_a_late_answer_counts_and_no_crash_is_told(ready, sandbox, clock):
    ticket = ready("bento")
    worker, step = take(clock, looks_first=False)
    clock.advance(seconds=LAPSED.total_seconds())

    sweep_overtaken_by(lambda: settle_answer(worker, step, NO_ANSWER, at=clock()), clock)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.tries, erasure.crashes) == ("outcome_unknown", 1, 0)
    assert "erasure.worker_died" not in actions(ticket)


@pytest.mark.parametrize(
    "settle",
    [
        lambda worker, step, at: settle_useless_look(worker, step, NO_ANSWER, at=at),
        lambda worker, step, at: settle_look(worker, step, Sighting(Look((), b"{}", 200, ""), "typed"), at=at),
    ],
)
def test_whoever_still_holds_a_lease_that_was_given_back_writes_nothing(ready, sandbox, clock, settle):
    ticket = ready("bento")
    clock.advance(hours=25)
    worker, step = take(clock, looks_first=True)
    settle(worker, step, clock())
    before = Erasure.objects.values().get()

    settle(worker, step, clock())

    assert Erasure.objects.values().get() == before
    assert before["fence"] > step.erasure.fence
    assert erasure_of(ticket).leased_until is None


def test_a_look_that_died_says_nothing_about_why_a_person_is_needed(ready, sandbox, clock):
    ticket = ready("bento")
    clock.advance(hours=25)
    take(clock, looks_first=True)
    Erasure.objects.update(attention="approval_expired")
    clock.advance(seconds=LAPSED.total_seconds())

    release_lapsed_leases(at=clock())

    assert (erasure_of(ticket).attention, erasure_of(ticket).crashes) == ("approval_expired", 1)
