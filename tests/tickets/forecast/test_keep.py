"""The stored forecast: what refreshing writes, what it leaves, and what an approval keeps of it."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from apps.audit.actors import Actor
from apps.tickets.models import AccountOutlook, DeletionTicket, Erasure
from apps.tickets.services.approving import expire_approvals, renew_approval
from apps.tickets.services.forecasts import CLOSE_ENOUGH, FRESH, refresh_forecasts, refresh_old_forecasts
from apps.tickets.services.sweeping import sweep
from apps.vendors.models import Usage
from tests.constants import NOW
from tests.tickets.desk import approved_by

from .moments import DAY, FREED, HOUR


def stored(ticket: DeletionTicket):
    return Erasure.objects.values_list("forecast_send_at", "forecast_at").get(ticket=ticket)


def test_refreshing_keeps_each_erasures_forecast_and_the_accounts_outlook(account, due, bob):
    account(per_day=1)
    going, second = due(10), due(1)
    approved_by(bob, going), approved_by(bob, second)

    refresh_forecasts(at=NOW)

    outlook = AccountOutlook.objects.get()
    assert (stored(second), stored(going)) == ((NOW, NOW + HOUR), (NOW + FREED, NOW + FREED + HOUR))
    assert (outlook.made_at, outlook.waiting, outlook.finish_at) == (NOW, 2, NOW + FREED + HOUR)
    assert outlook.first_late_due_at is None


def test_the_outlook_names_the_first_due_date_that_will_be_missed(account, due):
    account(per_day=1)
    due(0.5), due(0.6), due(0.7)

    refresh_forecasts(at=NOW)

    assert AccountOutlook.objects.get().first_late_due_at == NOW + DAY * 0.6


def test_an_overdue_ticket_is_no_due_date_to_come(account, due):
    account()
    due(-1)

    refresh_forecasts(at=NOW)

    assert AccountOutlook.objects.get().first_late_due_at is None


def test_what_hardly_moved_is_not_written_again(account, due):
    account()
    ticket = due(30)
    refresh_forecasts(at=NOW)

    refresh_forecasts(at=NOW + CLOSE_ENOUGH - timedelta(seconds=1))
    assert stored(ticket) == (NOW, NOW + HOUR)

    refresh_forecasts(at=NOW + CLOSE_ENOUGH)
    assert stored(ticket) == (NOW + CLOSE_ENOUGH, NOW + CLOSE_ENOUGH + HOUR)


def test_what_a_person_has_to_settle_first_loses_its_forecast(account, due):
    account()
    ticket = due(30)
    refresh_forecasts(at=NOW)
    Erasure.objects.update(status="rejected", attention="rejected")

    refresh_forecasts(at=NOW)

    assert stored(ticket) == (None, None)
    assert AccountOutlook.objects.get().waiting == 0


def test_a_forecast_that_is_old_is_made_again_and_a_fresh_one_is_not(account, due):
    account()
    refresh_old_forecasts(at=NOW)
    ticket = due(30)
    refresh_forecasts(at=NOW)
    Erasure.objects.update(forecast_at=None)

    refresh_old_forecasts(at=NOW + FRESH - timedelta(seconds=1))
    assert stored(ticket)[1] is None

    refresh_old_forecasts(at=NOW + FRESH)
    assert stored(ticket)[1] is not None


def test_an_approval_keeps_the_forecast_of_the_click(account, due, bob):
    account(per_day=1)
    approved_by(bob, due(1))
    ticket = due(30)

    approved_by(bob, ticket)

    ticket.refresh_from_db()
    assert ticket.forecast_at_approval == NOW + FREED + HOUR
    assert ticket.approval_expires_at == NOW + DAY * 30
    assert stored(ticket) == (NOW + FREED, NOW + FREED + HOUR)


def full_for(account, *, days: int) -> None:
    """Let the account wait so long that nothing leaves before."""
    Usage.objects.all().delete()
    type(account).objects.update(wait_until=NOW + DAY * days)


def test_an_approval_outlasts_a_forecast_that_lies_behind_its_usual_end(account, due, bob):
    full_for(account(), days=40)
    ticket = due(90)

    approved_by(bob, ticket)

    ticket.refresh_from_db()
    assert ticket.approval_expires_at == NOW + DAY * 47 + HOUR

    sweep(at=NOW + DAY * 47)
    ticket.refresh_from_db()
    assert ticket.status == "approved"

    sweep(at=NOW + DAY * 47 + HOUR)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.forecast_at_approval) == ("pending_approval", None)


def test_approving_again_promises_anew(account, due, bob):
    ticket = due_and_expired(account, due, bob)
    full_for(Erasure.objects.get().account, days=70)

    assert renew_approval(ticket, by=Actor.page(bob), at=NOW + DAY * 30) == 1

    ticket.refresh_from_db()
    assert ticket.approval_expires_at == NOW + DAY * 77 + HOUR


def due_and_expired(account, due, bob) -> DeletionTicket:
    account()
    ticket = due(90)
    approved_by(bob, ticket)
    DeletionTicket.objects.update(status="in_progress")
    expire_approvals(by=Actor.worker(), at=NOW + DAY * 30)
    return ticket


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock for all rows.")
def test_emptying_a_forecast_waits_for_nobody_who_holds_the_row(account, due):
    account()
    ticket = due(30)
    refresh_forecasts(at=NOW)
    Erasure.objects.update(status="rejected", attention="rejected")
    is_held, is_done = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            list(Erasure.objects.select_for_update())
            is_held.set()
            is_done.wait(20)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    is_held.wait(20)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        refresh_forecasts(at=NOW)
    finally:
        is_done.set()
        holder.join()
        connection.close()

    assert stored(ticket) == (NOW, NOW + HOUR)
    refresh_forecasts(at=NOW)
    assert stored(ticket) == (None, None)
