"""Who may send, in which order and how often: leases and fences, lanes, quota, holds and pauses."""

import threading
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket
from apps.tickets.services import deciding
from apps.tickets.services.claiming import Worker, claim
from apps.tickets.services.handling import retry, waive_snapshot
from apps.tickets.services.lane import work_lane
from apps.tickets.services.looking import settle_look
from apps.tickets.services.settling import settle_answer
from apps.tickets.services.sighting import Sighting
from apps.tickets.services.sweeping import release_lapsed_leases
from apps.vendors.clients.answers import Look
from apps.vendors.clients.errors import Outcome, VendorUnreached
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.registry import connect
from apps.vendors.selectors import configuration_of
from apps.vendors.services.accounts import resume
from apps.vendors.services.lanes import take_lane
from tests.constants import NOW
from tests.tickets.builders import ADA, Clock, accounts, actions, approve_one, erasure_of, open_one, work

ALAN, BARBARA = "alan@example.com", "barbara@example.com"  # known to Bento as well


def only(ticket):
    return DeletionTicket.objects.filter(pk=ticket.pk)


def worker(owner="worker-1"):
    row = VendorAccount.objects.get()
    return Worker(configuration_of(row), row, owner)


def claim_one(by, clock):
    [step] = claim(by, wanted=4, looks_first=False, at=clock())
    return step


def send(by, step):
    client = connect(by.account)
    try:
        return client.erase("email", step.value, attempt=step.attempt.pk)
    finally:
        client.close()


def test_an_attempt_is_committed_before_its_request_may_leave(ready, sandbox, clock):
    ticket = ready("bento")

    step = claim_one(worker(), clock)

    assert (erasure_of(ticket).status, erasure_of(ticket).attempts.get().answered_at) == ("sending", None)
    assert actions(ticket)[-2:] == ["ticket.in_progress", "attempt.started"]
    assert sandbox.deletions() == []

    send(worker(), step)

    assert [request["request_id"] for request in sandbox.deletions()] == [str(step.attempt.pk)]


def test_a_request_is_dated_when_the_wait_for_the_ledger_is_over(transactional_db, ready):
    """An older moment would stand before the look that it follows, and in a minute of the quota that ends too early."""
    ticket = ready("bento")
    after_the_wait = NOW + timedelta(seconds=5)

    work_lane(VendorAccount.objects.get(), clock=lambda: after_the_wait if connection.in_atomic_block else NOW)

    assert erasure_of(ticket).attempts.get().started_at == after_the_wait


def test_two_workers_send_one_request(ready, sandbox, clock):
    ready("bento", lanes=2)
    claim_one(worker("worker-1"), clock)

    assert claim(worker("worker-2"), wanted=4, looks_first=True, at=clock()) == []

    work(clock)

    assert sandbox.deletions() == []


def test_a_lane_that_somebody_holds_is_left_alone(ready, sandbox, clock):
    ready("bento")
    account = VendorAccount.objects.get()
    take_lane(account, owner="worker-2", at=NOW)

    assert work_lane(account, clock=clock) == 0
    assert sandbox.deletions() == []

    clock.advance(seconds=30)

    assert work_lane(account, clock=clock) == 1


class Stopped(Clock):
    """The clock of a process that was stopped between its claim and its request, for longer than its lease."""

    def __call__(self):
        slept = threading.current_thread() is not threading.main_thread()
        return super().__call__() + timedelta(minutes=5 * slept)


def test_a_worker_that_slept_past_its_lease_sends_nothing(ready, sandbox):
    ticket = ready("bento")

    work(Stopped())

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.last_outcome, erasure.tries) == ("retry_wait", "unreached", 0)
    assert sandbox.deletions() == []


def test_an_answer_is_kept_though_the_clock_has_jumped_by_a_month(ready, sandbox, clock):
    ticket = ready("bento")
    late = worker()
    step = claim_one(late, clock)
    answer = send(late, step)
    clock.advance(days=31)

    settle_answer(late, step, answer, at=clock())

    attempt = erasure_of(ticket).attempts.get()
    assert (attempt.outcome, attempt.milliseconds) == ("accepted", 2**31 - 1)


def test_an_answer_that_comes_after_the_lease_changes_nothing_but_its_attempt(ready, sandbox, clock):
    ticket = ready("bento", verify_after="1h")
    late = worker()
    step = claim_one(late, clock)
    clock.advance(minutes=5)
    work(clock)

    settle_answer(late, step, send(late, step), at=clock())

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.doubt, erasure.accepted_at) == ("outcome_unknown", "unclear", None)
    assert (erasure.attempts.get().outcome, erasure.attempts.get().http_status) == ("accepted", 202)
    assert actions(ticket)[-2:] == ["erasure.worker_died", "attempt.answered_late"]

    clock.advance(hours=1)
    work(clock)

    assert erasure_of(ticket).status == "verified_absent"
    assert len(sandbox.deletions()) == 1


def test_a_late_answer_is_recorded_once_and_moves_no_moment(ready, sandbox, clock):
    ticket = ready("bento", verify_after="1h")
    late = worker()
    step = claim_one(late, clock)
    clock.advance(minutes=5)
    work(clock)
    swept_at = clock()
    clock.advance(minutes=5)
    receipt = send(late, step)

    settle_answer(late, step, receipt, at=clock())
    settle_answer(late, step, VendorUnreached("Never left.", outcome=Outcome.UNREACHED), at=clock())

    attempt = erasure_of(ticket).attempts.get()
    assert (attempt.outcome, attempt.answered_at) == ("accepted", swept_at)
    assert actions(ticket).count("attempt.answered_late") == 1
    assert Usage.objects.get().sends == 1


def test_what_never_left_is_given_back_under_the_lock_under_which_it_was_counted(ready, clock):
    """Counting locks the account first and its minute second: the other way round, the two would wait in a circle."""
    ready("bento", verify_after="1h")
    mine = worker()
    step = claim_one(mine, clock)

    with CaptureQueriesContext(connection) as asked:
        settle_answer(mine, step, VendorUnreached("Never left.", outcome=Outcome.UNREACHED), at=clock())

    told = [query["sql"] for query in asked]
    locked = next(n for n, sql in enumerate(told) if sql.startswith("SELECT") and 'FROM "vendors_vendoraccount"' in sql)
    given_back = next(n for n, sql in enumerate(told) if sql.startswith('UPDATE "vendors_usage"'))
    assert locked < given_back
    assert Usage.objects.get().sends == 0


def test_a_late_answer_does_not_speak_for_the_request_that_is_out_now(ready, sandbox, clock, alice, bob):
    ticket = ready("bento", verify_after="1h")
    late = worker()
    step = claim_one(late, clock)
    clock.advance(minutes=5)
    deciding.hold(only(ticket), text="To look and not send.", by=Actor.page(alice), at=clock())
    work(clock)
    clock.advance(hours=1)
    work(clock)
    deciding.release(only(ticket), by=Actor.page(bob), at=clock())
    claim_one(worker("worker-2"), clock)

    settle_answer(late, step, send(late, step), at=clock())

    assert erasure_of(ticket).status == "sending"
    outcomes = erasure_of(ticket).attempts.order_by("number").values_list("number", "outcome")
    assert list(outcomes) == [(1, "accepted"), (2, "")]


def test_a_look_that_comes_after_the_lease_is_not_kept(sandbox, clock, alice):
    accounts(sandbox, "bento")
    ticket = open_one(opened_by=alice)
    late = worker()
    step = claim_one(late, clock)
    clock.advance(minutes=5)
    release_lapsed_leases(at=clock())

    settle_look(late, step, Sighting(Look((), b"{}", 200, ""), "typed"), at=clock())

    assert (erasure_of(ticket).before, erasure_of(ticket).crashes) == (None, 1)


def test_a_404_after_a_late_acceptance_is_the_work_of_the_first_request(sandbox, clock, alice, bob):
    accounts(sandbox, "bento", tries=1, verify_after="1h")
    sandbox.fault(method="GET", status=500)
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)
    work(clock)
    waive_snapshot(erasure_of(ticket), text="The read API is down.", by=Actor.page(bob), at=NOW)
    late = worker()
    step = claim_one(late, clock)
    clock.advance(minutes=5)
    work(clock)
    sandbox.fault(path="delet", status=202)
    settle_answer(late, step, send(late, step), at=clock())
    retry(erasure_of(ticket), by=Actor.page(bob), at=clock())
    sandbox.fault(path="delet", status=404, effect=True)

    work(clock)

    assert erasure_of(ticket).attempts.count() == 2
    assert erasure_of(ticket).status == "verified_absent"


def test_the_day_limit_stops_requests_and_looks_go_on(sandbox, clock, alice, bob):
    accounts(sandbox, "bento", per_day=1)
    tickets = [open_one(address, opened_by=alice) for address in (ADA, ALAN)]
    work(clock)
    tickets = [approve_one(ticket, approved_by=bob) for ticket in tickets]

    work(clock)
    clock.advance(minutes=20)
    work(clock)

    assert [erasure_of(ticket).status for ticket in tickets] == ["verified_absent", "queued"]

    clock.advance(hours=23)
    work(clock)

    assert len(sandbox.deletions()) == 1

    clock.advance(hours=1)
    work(clock)

    assert erasure_of(tickets[1]).status == "accepted"
    assert len(sandbox.deletions()) == 2


def test_the_urgent_share_of_the_day_is_kept_for_urgent_tickets(sandbox, clock, alice, bob):
    accounts(sandbox, "bento", per_day=2, urgent=1)
    ordinary = [open_one(address, opened_by=alice) for address in (ADA, ALAN)]
    urgent = open_one(BARBARA, opened_by=alice, urgent=True)
    work(clock)
    for ticket in ordinary:
        approve_one(ticket, approved_by=bob)
    work(clock)
    approve_one(urgent, approved_by=bob)

    work(clock)

    assert [erasure_of(ticket).status for ticket in [*ordinary, urgent]] == ["accepted", "queued", "accepted"]


def test_urgent_tickets_and_early_due_dates_leave_first(sandbox, clock, alice, bob):
    accounts(sandbox, "bento", concurrency=1)
    tickets = [
        open_one(ADA, opened_by=alice),
        open_one(ALAN, opened_by=alice, received_at=NOW - timedelta(days=5)),
        open_one(BARBARA, opened_by=alice, urgent=True),
    ]
    work(clock)
    for ticket in tickets:
        approve_one(ticket, approved_by=bob)

    work(clock)

    sent = [request["identifiers"][0] for request in sandbox.deletions()]
    assert sent == [BARBARA, ALAN, ADA]


def test_a_hold_blocks_sending_and_release_lets_it_go(ready, sandbox, clock, alice, bob):
    ticket = ready("bento")
    deciding.hold(only(ticket), text="A lawyer asked.", by=Actor.page(alice), at=NOW)

    work(clock)

    assert sandbox.deletions() == []

    deciding.release(only(ticket), by=Actor.page(bob), at=NOW)
    work(clock)

    assert len(sandbox.deletions()) == 1


def test_a_paused_account_is_not_called_and_goes_on_where_it_stopped(ready, sandbox, clock, olga):
    ticket = ready("bento")
    sandbox.fault(path="delet", status=401)
    work(clock)
    clock.advance(hours=1)
    requests = len(sandbox.journal())

    work(clock)

    assert len(sandbox.journal()) == requests

    resume(VendorAccount.objects.get(), by=Actor.page(olga), at=clock())
    work(clock)

    assert erasure_of(ticket).status == "accepted"


def resume_bento(operator, clock):
    resume(VendorAccount.objects.get(name="bento"), by=Actor.page(operator), at=clock())
