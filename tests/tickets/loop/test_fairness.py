"""Who goes first, and that nobody waits for ever: due dates, urgency, and looks beside sends under a small pace."""

from datetime import timedelta

import pytest

from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.due import in_turn, looks, next_due_at, sends
from apps.tickets.selectors.forecasts import backlogs
from apps.tickets.services.claiming import Worker, claim
from apps.tickets.services.lane import work_lane
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.selectors import configuration_of
from tests.constants import NOW
from tests.tickets.builders import accounts, approve_one, erasure_of, open_one, work

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def opened(sandbox, alice):
    """Open tickets that are due in so many days."""

    def make(*days: float, **wishes) -> list[DeletionTicket]:
        return [one(day, **wishes) for day in days]

    def one(days: float, **wishes) -> DeletionTicket:
        number = DeletionTicket.objects.count()
        ticket = open_one(f"person{number}@example.org", opened_by=alice, **wishes)
        DeletionTicket.objects.filter(pk=ticket.pk).update(due_at=NOW + DAY * days)
        return ticket

    return make


@pytest.fixture
def approve(bob, clock):
    """Look at tickets that were opened, and approve them."""

    def run(*tickets: DeletionTicket) -> list[DeletionTicket]:
        work(clock)
        return [approve_one(ticket, approved_by=bob, at=clock()) for ticket in tickets]

    return run


def worker() -> Worker:
    row = VendorAccount.objects.get()
    return Worker(configuration_of(row), row, "worker-1")


def in_order_of_sending() -> list[DeletionTicket]:
    erasures = Erasure.objects.exclude(attempts=None).order_by("attempts__started_at", "attempts__erasure__pk")
    return [erasure.ticket for erasure in erasures.select_related("ticket")]


def test_the_earliest_due_date_goes_first_and_urgent_before_it(sandbox, opened, approve, clock):
    accounts(sandbox, "bento")
    [urgent] = opened(30, urgent=True)
    late, soon = opened(20, 10)
    approve(late, soon, urgent)

    assert [e.ticket for e in in_turn(sends(worker().row, at=NOW), at=NOW)] == [urgent, soon, late]


def test_an_overdue_ticket_is_sent_first_and_does_not_stop(sandbox, opened, approve, clock):
    accounts(sandbox, "bento", per_day=1)
    fine, overdue = approve(*opened(10, -3))

    work(clock)

    assert in_order_of_sending() == [overdue]
    assert erasure_of(overdue).status == "not_found"
    assert erasure_of(fine).status == "queued"


def test_what_was_forecast_comes_true(sandbox, opened, approve, clock):
    """Five people, two a day: the lanes send at the moments, and in the order, that were foretold."""
    accounts(sandbox, "bento", per_day=2)
    approve(*opened(5, 3, 4, 1, 2))
    [foretold] = backlogs(at=clock())
    expected = {row.erasure: row.send_at for row in foretold.forecasts}

    while Erasure.objects.open().exists():
        work(clock)
        clock.advance(minutes=1441, seconds=40)

    sent = dict(Erasure.objects.values_list("pk", "attempts__started_at"))
    assert sent.keys() == expected.keys()
    assert all(abs(sent[pk] - moment) < MINUTE for pk, moment in expected.items())


def test_a_flood_of_looks_does_not_starve_what_is_ready_to_leave(sandbox, opened, approve, clock):
    accounts(sandbox, "bento")
    ready = approve(*opened(10, 11, 12))
    opened(*[1] * 20)
    accounts(sandbox, "bento", per_minute=4)
    clock.advance(seconds=1)

    steps = claim(worker(), wanted=4, looks_first=True, at=clock())

    assert [step.attempt is None for step in steps] == [True, False, False, False]
    assert {step.erasure.ticket_id for step in steps[1:]} == {ticket.pk for ticket in ready}


def test_a_flood_of_requests_does_not_starve_the_looks(sandbox, opened, approve, clock):
    """One in flight at a time: looks and requests alternate, though either alone would fill the slice."""
    accounts(sandbox, "bento", concurrency=1)
    approve(*opened(*[10] * 4))
    opened(*[20] * 4)
    before = len(sandbox.journal())

    work_lane(VendorAccount.objects.get(), clock=clock)

    calls = [request["action"] for request in sandbox.journal(after=before)]
    assert [set(calls[turn : turn + 2]) for turn in (0, 2, 4, 6)] == [{"find", "delete"}] * 4


def test_new_work_does_not_starve_a_read_back(sandbox, opened, approve, clock):
    """A backlog of weeks whose snapshots are all stale is due earlier than the read-back, and the pace is small."""
    accounts(sandbox, "bento")
    sent, *_ = approve(*opened(40, *[1] * 10))
    Erasure.objects.filter(ticket=sent).update(status="accepted", not_before=NOW, accepted_at=NOW)
    accounts(sandbox, "bento", per_day=1, per_minute=1)
    clock.advance(days=1, seconds=30)
    Usage.objects.create(account=VendorAccount.objects.get(), minute=clock() - timedelta(hours=1), sends=1)

    [step] = claim(worker(), wanted=4, looks_first=True, at=clock())

    assert step.erasure.ticket == sent


def test_what_waits_for_the_day_is_not_looked_at_again_meanwhile(sandbox, opened, approve, clock):
    accounts(sandbox, "bento", per_day=1)
    approve(*opened(1, 2))
    work(clock)
    account = VendorAccount.objects.get()
    clock.advance(days=1, seconds=30)

    assert list(looks(account, at=clock())) == []
    assert next_due_at(account, at=clock()) is None

    clock.advance(seconds=70)

    assert looks(account, at=clock()).count() == 1


def test_the_urgent_share_is_looked_at_and_sent_where_the_day_is_full_for_others(sandbox, opened, approve, clock):
    accounts(sandbox, "bento", per_day=2, urgent=1)
    [urgent] = opened(30, urgent=True)
    approve(urgent, *opened(1, 2))
    clock.advance(days=1, seconds=30)
    Usage.objects.create(account=VendorAccount.objects.get(), minute=clock() - timedelta(hours=1), sends=1)

    assert [erasure.ticket for erasure in looks(VendorAccount.objects.get(), at=clock())] == [urgent]


def test_a_retry_waits_its_time_and_lets_new_work_pass(sandbox, opened, approve, clock):
    accounts(sandbox, "bento")
    retried, fresh = approve(*opened(1, 10))
    Erasure.objects.filter(ticket=retried).update(status="retry_wait", not_before=NOW + MINUTE, tries=1)

    assert [e.ticket for e in in_turn(sends(worker().row, at=NOW), at=NOW)] == [fresh]
    later = NOW + MINUTE
    assert [e.ticket for e in in_turn(sends(worker().row, at=later), at=later)] == [retried, fresh]
