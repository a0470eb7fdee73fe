"""What the forecast reads from the rows: what waits, for whom, and in how many queries."""

import pytest
from django.utils import timezone

from apps.audit.actors import Actor
from apps.tickets.hurdles import Hurdle
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.approvals import forecast_approval
from apps.tickets.selectors.forecasts import Forecast, backlogs
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.services.accounts import pause
from tests.constants import NOW
from tests.tickets.desk import approved_by, only

from .moments import DAY, FREED, FREED_TWICE, HOUR


def forecast_of(ticket: DeletionTicket, account: str = "bento") -> Forecast:
    [backlog] = [backlog for backlog in backlogs(at=NOW) if backlog.account.name == account]
    return next(row for row in backlog.forecasts if row.ticket == ticket.pk)


def test_an_approved_erasure_leaves_now_and_is_answered_a_window_later(account, due, bob):
    account()
    ticket = due(30)
    approved_by(bob, ticket)

    found = forecast_of(ticket)

    assert (found.hurdle, found.send_at, found.answer_at) == (Hurdle.NONE, NOW, NOW + HOUR)
    assert (found.last_safe_at, found.is_late) == (ticket.due_at - HOUR, False)


def test_what_is_sent_in_time_and_answered_too_late_is_late(account, due, bob):
    account()
    ticket = due(0.01)
    approved_by(bob, ticket)

    assert forecast_of(ticket).is_late


def test_the_days_sends_are_counted(account, due, bob):
    Usage.objects.create(account=account(per_day=1), minute=NOW - HOUR, sends=1)
    ticket = due(30)
    approved_by(bob, ticket)

    assert forecast_of(ticket).send_at == NOW - HOUR + FREED


def test_an_account_of_another_host_is_forecast_by_its_mirrored_limits(account, due, bob, settings):
    Usage.objects.create(account=account(per_day=1), minute=NOW - HOUR, sends=1)
    settings.VENDOR_SECRET_URLS = {}
    ticket = due(30)
    approved_by(bob, ticket)

    assert forecast_of(ticket).send_at == NOW - HOUR + FREED


def test_the_wait_of_the_account_and_of_the_row_are_heeded(account, due, bob):
    VendorAccount.objects.filter(pk=account().pk).update(wait_until=NOW + HOUR)
    ticket, other = due(30), due(30)
    approved_by(bob, ticket), approved_by(bob, other)
    Erasure.objects.filter(ticket=other).update(not_before=NOW + DAY)

    assert (forecast_of(ticket).send_at, forecast_of(other).send_at) == (NOW + HOUR, NOW + DAY)


def unverified(due, bob):
    return due(30, basis="asked")


def unapproved(due, bob):
    return due(30)


def held(due, bob):
    ticket = due(30)
    approved_by(bob, ticket)
    DeletionTicket.objects.filter(pk=ticket.pk).update(on_hold=True)
    return ticket


def needy(due, bob):
    ticket = due(30)
    approved_by(bob, ticket)
    Erasure.objects.update(attention="out_of_tries")
    return ticket


def paused(due, bob):
    ticket = due(30)
    approved_by(bob, ticket)
    pause(Erasure.objects.get().account, "key_refused", by=Actor.worker(), at=NOW)
    return ticket


@pytest.mark.parametrize(
    ("make", "hurdle"),
    [
        (unverified, Hurdle.IDENTITY),
        (unapproved, Hurdle.APPROVAL),
        (held, Hurdle.HOLD),
        (needy, Hurdle.ATTENTION),
        (paused, Hurdle.PAUSED),
    ],
)
def test_what_waits_for_a_person_is_forecast_as_if_that_was_done_now(account, due, bob, make, hurdle):
    account()
    found = forecast_of(make(due, bob))

    assert (found.hurdle, found.send_at) == (hurdle, NOW)


def test_a_backlog_that_waits_for_people_delays_nobody_who_goes_on(account, due, bob):
    account(per_day=1)
    undecided, going = due(5), due(30)
    approved_by(bob, going)

    assert (forecast_of(going).send_at, forecast_of(undecided).send_at) == (NOW, NOW)


def test_among_those_who_wait_for_people_the_due_date_decides(account, due, bob):
    account(per_day=1)
    going, undecided = due(10), due(20)
    approved_by(bob, going)

    assert forecast_of(undecided).send_at == NOW + FREED


def test_an_accepted_one_awaits_its_answer_only(account, due, bob):
    account()
    ticket = due(30)
    approved_by(bob, ticket)
    Erasure.objects.update(status="accepted", not_before=NOW + HOUR / 2, accepted_at=NOW)

    found = forecast_of(ticket)

    assert (found.send_at, found.answer_at, found.last_safe_at) == (None, NOW + HOUR, None)


def test_an_accepted_round_leaves_the_further_ones(account, due, bob):
    account("blueshift")
    ticket = due(30)
    approved_by(bob, ticket)
    Erasure.objects.update(status="accepted", not_before=NOW + HOUR / 2, accepted_at=NOW, requests_needed=3)

    found = forecast_of(ticket, "blueshift")

    assert (found.send_at, found.answer_at) == (NOW + HOUR / 2, NOW + HOUR / 2 + HOUR / 2 + HOUR)


@pytest.mark.parametrize(
    "stuck",
    [
        {"status": "rejected", "attention": "rejected"},
        {"attention": "awaits_second_person"},
        {"status": "retry_wait", "stop_asked_at": NOW},
        {"status": "stopped", "closed_at": NOW},
    ],
)
def test_what_will_not_be_sent_has_no_forecast(account, due, bob, stuck):
    account()
    approved_by(bob, due(30))
    Erasure.objects.update(**stuck)

    assert backlogs(at=NOW) == []


def test_an_approval_is_laid_out_together_with_what_leaves_already(account, due, bob):
    account(per_day=1)
    first, chosen, other = due(1), due(1.5), due(30)
    approved_by(bob, first)
    due(0.5)  # not chosen: whoever approves this ticket does not approve that one

    approval = forecast_approval(only(chosen, other), at=NOW)

    assert approval.answered_at == {chosen.pk: NOW + FREED + HOUR, other.pk: NOW + FREED_TWICE + HOUR}
    assert (approval.finish_at, approval.late) == (NOW + FREED_TWICE + HOUR, [])


def test_an_approval_says_whose_due_date_it_breaks_and_whose_is_broken_by_it(account, due, bob):
    account(per_day=1)
    pushed, chosen, late = due(1.01), due(0.5), due(1)
    approved_by(bob, pushed)

    approval = forecast_approval(only(chosen, late), at=NOW)

    assert [ticket.reference for ticket in approval.late] == [late.reference]
    assert [ticket.reference for ticket in approval.others_late] == [pushed.reference]


def test_the_queries_do_not_grow_with_the_backlog(account, due, bob, django_assert_num_queries):
    account(), account("blueshift")
    tickets = [due(days) for days in range(1, 6)]
    approved_by(bob, tickets[0])

    with django_assert_num_queries(3):
        backlogs(at=NOW)
    with django_assert_num_queries(4):
        forecast_approval(only(*tickets), at=NOW)


def test_dates_are_told_in_the_zone_of_the_console(account, due, bob):
    account()
    ticket = due(30)

    [told, _] = forecast_approval(only(ticket), at=NOW).told(NOW)

    assert told.text == f"the last answer is expected by {timezone.localtime(NOW + HOUR):%H:%M}."


def test_a_day_that_the_vendor_closed_moves_what_is_to_be_sent(account, due, bob):
    VendorAccount.objects.filter(pk=account().pk).update(day_closed_until=NOW + 3 * HOUR)
    ticket = due(30)
    approved_by(bob, ticket)

    assert forecast_of(ticket).send_at == NOW + 3 * HOUR
