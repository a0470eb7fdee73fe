"""The watch over real HTTP: whoever comes back is found within one run, once, and nobody else is."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.audit.selectors import verify
from apps.suppression.models import SuppressionEntry
from apps.suppression.services import lift
from apps.tickets.models import Reappearance, Recheck, Watch
from apps.tickets.services import searching
from apps.tickets.services.searching import PAGES
from apps.vendors.services.accounts import pause
from tests.tickets.builders import ADA, accounts, actions

MODES = [("bento", "open"), ("bento", "refused"), ("bento", "missing"), ("blueshift", "refused")]


def searches(sandbox):
    return sandbox.journal(vendor="bento", action="search")


def finds(sandbox):
    return sandbox.journal(vendor="bento", action="find")


@pytest.mark.parametrize(("vendor", "search"), MODES)
def test_one_run_finds_whoever_an_integration_brought_back(erased, run, sandbox, clock, vendor, search):
    sandbox.settings(bento_search=search)
    ticket = erased(vendor=vendor)
    [old] = ticket.erasures.get().before.vendor_uuids
    [new] = sandbox.recreate(vendor, ADA)
    clock.advance(days=3)

    state = run(ticket)

    row = Reappearance.objects.get()
    assert (row.ticket, row.old_uuid, row.new_uuid, row.days_after, row.status) == (ticket, old, new, 3, "open")
    assert row.unsubscribed is False
    assert (state.mode, state.failure) == ("search" if search == "open" else "finds", "")
    assert actions(ticket)[-1] == "erasure.reappeared"


@pytest.mark.parametrize(("vendor", "search"), MODES)
def test_runs_can_be_repeated(erased, run, sandbox, clock, vendor, search):
    sandbox.settings(bento_search=search)
    ticket = erased(vendor=vendor)
    sandbox.recreate(vendor, ADA)
    run(ticket)
    events = AuditEvent.objects.count()

    run(ticket)
    run(ticket)

    assert Reappearance.objects.count() == 1
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(("vendor", "search"), MODES)
def test_the_closed_ticket_stays_as_it_is(erased, run, sandbox, vendor, search):
    sandbox.settings(bento_search=search)
    ticket = erased(vendor=vendor)
    before = (ticket.__dict__, *ticket.erasures.values())
    sandbox.recreate(vendor, ADA)

    run(ticket)

    ticket.refresh_from_db()
    assert (ticket.__dict__, *ticket.erasures.values()) == before
    assert Reappearance.objects.count() == 1


@pytest.mark.parametrize("search", ["open", "refused"])
def test_an_anonymized_record_is_nobody_who_came_back(erased, run, sandbox, search):
    sandbox.settings(bento_search=search)
    ticket = erased()
    [old] = ticket.erasures.get().before.vendor_uuids
    sandbox.change(old, last_event_at="2030-01-01T00:00:00Z")

    run(ticket)

    assert not Reappearance.objects.exists()


@pytest.mark.parametrize("search", ["open", "refused"])
def test_the_same_record_with_somebody_in_it_again_is_a_reappearance(erased, run, sandbox, search):
    sandbox.settings(bento_search=search)
    ticket = erased()
    [old] = ticket.erasures.get().before.vendor_uuids
    sandbox.change(old, fields={"first_name": "Ada"})

    run(ticket)

    row = Reappearance.objects.get()
    assert row.is_same_record


def test_a_search_knows_an_address_whatever_its_capitals(erased, run, sandbox):
    sandbox.settings(bento_search="open")
    ticket = erased()
    sandbox.recreate("bento", "ADA@Example.com")

    run(ticket)

    assert Reappearance.objects.get().ticket == ticket


def test_a_search_knows_nobody_who_was_never_erased(erased, run, sandbox):
    sandbox.settings(bento_search="open")
    ticket = erased()
    sandbox.recreate("bento", "stranger@example.com")

    run(ticket)

    assert not Reappearance.objects.exists()


@pytest.mark.parametrize(("vendor", "search"), MODES)
def test_lifting_the_suppression_ends_the_watch(erased, run, sandbox, clock, olga, vendor, search):
    sandbox.settings(bento_search=search)
    ticket = erased(vendor=vendor)
    sandbox.recreate(vendor, ADA)
    lift(SuppressionEntry.objects.get(), reason="came_back", by=Actor.page(olga), at=clock())
    calls = len(sandbox.journal())

    state = run(ticket)

    assert state is None
    assert len(sandbox.journal()) == calls
    assert not Reappearance.objects.exists()


def test_a_paused_account_is_left_alone(erased, run, sandbox, clock, olga):
    ticket = erased()
    account = ticket.erasures.get().account
    pause(account, "by_hand", by=Actor.page(olga), at=clock())
    calls = len(sandbox.journal())

    assert run(ticket) is None
    assert len(sandbox.journal()) == calls


def test_an_account_that_was_asked_to_wait_waits(erased, run, sandbox, clock):
    sandbox.settings(bento_search="open")
    ticket = erased()
    sandbox.fault(path="search", status=429, headers={"Retry-After": "600"})

    state = run(ticket)
    calls = len(sandbox.journal())

    assert state.failure == "the vendor is busy"
    assert run(ticket) is None
    assert len(sandbox.journal()) == calls


def test_one_run_at_a_time_works_on_an_account(erased, run, sandbox, clock):
    ticket = erased()
    run(ticket)
    Watch.objects.update(leased_until=clock() + timedelta(minutes=1))
    calls = len(sandbox.journal())

    assert run(ticket) is None
    assert len(sandbox.journal()) == calls


def test_a_search_asks_once_for_a_hundred_changed_people(erased, run, sandbox):
    sandbox.settings(bento_search="open")
    ticket = erased()
    run(ticket)
    before = len(searches(sandbox))
    sandbox.add_many([{"vendor": "bento", "email": f"p{number}@example.org"} for number in range(150)])
    sandbox.recreate("bento", ADA)

    state = run(ticket)

    assert len(searches(sandbox)) - before == 2
    assert (state.began_at, state.next_page) == (None, 1)
    assert Reappearance.objects.count() == 1


def test_a_search_that_fails_on_a_later_page_goes_on_there(erased, run, sandbox, clock):
    sandbox.settings(bento_search="open")
    ticket = erased()
    sandbox.recreate("bento", ADA)
    sandbox.add_many([{"vendor": "bento", "email": f"p{number}@example.org"} for number in range(150)])
    sandbox.fault(path="search", status=500, skip=1)
    clock.advance(minutes=15)

    failed = run(ticket)

    assert (failed.failure, failed.next_page, failed.last_run_at) == ("HTTP 500", 2, None)
    watermark = failed.watermark

    done = run(ticket)

    assert (done.failure, done.next_page, done.began_at) == ("", 1, None)
    assert done.watermark > watermark
    assert Reappearance.objects.count() == 1


def test_a_page_whose_progress_was_lost_is_recorded_once(erased, run, sandbox):
    sandbox.settings(bento_search="open")
    ticket = erased()
    run(ticket)
    at_first = Watch.objects.values("watermark", "began_at", "next_page").get()
    sandbox.recreate("bento", ADA)
    run(ticket)
    Watch.objects.update(**at_first)  # as after a restored backup

    run(ticket)

    assert Reappearance.objects.count() == 1


def test_a_crash_between_a_page_and_its_watermark_loses_neither(erased, run, sandbox, monkeypatch):
    sandbox.settings(bento_search="open")
    ticket = erased()
    sandbox.recreate("bento", ADA)
    with monkeypatch.context() as power_cut:
        power_cut.setattr(searching, "_move_on", lambda *args, **options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(ticket)
    assert not Reappearance.objects.exists()

    state = run(ticket)

    assert (state.began_at, state.failure) == (None, "")
    assert Reappearance.objects.count() == 1
    assert verify().fault is None


def test_a_long_search_goes_on_in_the_next_run(erased, run, sandbox, clock):
    sandbox.settings(bento_search="open")
    ticket = erased()
    sandbox.add_many([{"vendor": "bento", "email": f"p{number}@example.org"} for number in range(100 * PAGES)])
    sandbox.recreate("bento", ADA)

    first = run(ticket)
    second = run(ticket)

    assert (first.next_page, first.last_run_at) == (PAGES + 1, None)
    assert (second.next_page, second.last_run_at) == (1, clock())

    assert Reappearance.objects.count() == 1


def test_a_refused_search_is_asked_for_again_after_a_day(erased, run, sandbox, clock):
    ticket = erased()
    assert run(ticket).mode == "finds"
    sandbox.settings(bento_search="open")

    assert run(ticket).mode == "finds"
    clock.advance(days=1)
    assert run(ticket).mode == "search"


def test_finds_take_the_oldest_check_first_and_keep_to_their_budget(erased, run, sandbox, clock):
    first, second = erased("ada@example.com"), erased("alan@example.com")
    [account] = accounts(sandbox, "bento", per_minute=4)
    Watch.objects.create(account=account, mode="finds", refused_at=clock())
    clock.advance(minutes=2)
    before = len(finds(sandbox))

    run(first)

    assert len(finds(sandbox)) - before == 2
    assert [row.erasure.ticket for row in Recheck.objects.all()] == [first]

    clock.advance(minutes=15)
    run(second)

    assert Recheck.objects.latest("checked_at").erasure.ticket == second


def test_a_person_who_cannot_be_looked_up_holds_up_nobody(erased, run, sandbox, clock):
    first, second = erased("ada@example.com"), erased("alan@example.com")
    sandbox.recreate("bento", "alan@example.com")
    sandbox.fault(path="fetch/subscribers", address="ada@example.com", status=500, times=0)
    clock.advance(minutes=15)

    assert run(first).failure == "HTTP 500"
    clock.advance(minutes=15)
    run(first)

    assert Reappearance.objects.get().ticket == second


def test_ordinary_looks_go_before_finds(erased, run, sandbox, alice, clock):
    ticket = erased()
    run(ticket)
    erased_once = len(finds(sandbox))
    ticket.erasures.update(closed_at=None, status="accepted", not_before=clock())
    Recheck.objects.all().delete()

    assert run(ticket) is None
    assert len(finds(sandbox)) == erased_once


def test_a_refused_key_pauses_the_account(erased, run, sandbox):
    sandbox.settings(bento_search="open")
    ticket = erased()
    sandbox.fault(path="search", status=401)

    state = run(ticket)

    assert state.failure == "the key is refused"
    assert ticket.erasures.get().account.is_paused
