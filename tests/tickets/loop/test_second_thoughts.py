"""What must not leave again: after a stop, past an old sighting, or to somebody who joined the address meanwhile."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.profiles import spellings_tried
from apps.tickets.services.choosing import choose_profiles
from apps.tickets.services.deciding import hold, release
from apps.tickets.services.handling import confirm_snapshot, look_now, stop_rest
from tests.tickets.builders import ADA, accounts, actions, approve_one, erasure_of, open_one, work

LONG_AGO = "2024-01-01T00:00:00Z"


def test_somebody_who_joins_the_address_between_two_rounds_stops_the_next_one(sandbox, clock, alice, bob):
    accounts(sandbox, "blueshift", verify_after="1h,2h,3h")
    sandbox.add("blueshift", "crowd@example.com", profiles=60)
    ticket = approve_one(open_looked_at("crowd@example.com", clock, alice), approved_by=bob)
    work(clock)
    sandbox.add("blueshift", "crowd@example.com", customer_ids=["stranger"])

    clock.advance(hours=1)
    work(clock)

    erasure = erasure_of(ticket, "blueshift")
    assert (erasure.attention, erasure.attempts.count()) == ("changed_since_approval", 1)
    assert "stranger" in str(sandbox.people("crowd@example.com"))
    assert (erasure.before.profiles, len(erasure.uuids_left)) == (61, 11)


def test_a_stranger_with_another_customer_id_is_chosen_before_any_yes(sandbox, clock, alice, bob):
    accounts(sandbox, "blueshift", verify_after="1h,2h,3h")
    sandbox.add("blueshift", "pair@example.com", customer_ids=["mine"])
    ticket = approve_one(open_looked_at("pair@example.com", clock, alice), approved_by=bob)
    sandbox.fault(path="delet", status=500)
    work(clock)
    sandbox.add("blueshift", "pair@example.com", customer_ids=["stranger"])
    clock.advance(hours=1)
    work(clock)
    erasure = erasure_of(ticket, "blueshift")

    with pytest.raises(TicketError, match="choose first"):
        confirm_snapshot(erasure, by=Actor.page(bob), at=clock())
    choose_profiles(
        erasure,
        choice="ticked",
        uuids=erasure.before.vendor_uuids[:1],
        text="",
        snapshot=erasure.before_id,
        by=Actor.page(bob),
        at=clock(),
    )
    work(clock)
    clock.advance(hours=2)
    work(clock)

    assert erasure_of(ticket, "blueshift").status == "verified_absent"
    assert [person["customer_id"] for person in sandbox.people("pair@example.com")["blueshift"]] == ["stranger"]


def test_a_record_that_was_there_all_along_did_not_come_back(sandbox, clock, alice, bob):
    """A search shows the first of them alone, so an approver sees them as they come to light."""
    accounts(sandbox, "blueshift", verify_after="1h,2h,3h")
    sandbox.add("blueshift", "crowd@example.com", profiles=60, created_at=LONG_AGO)
    sandbox.settings(blueshift_search_cap=50)
    ticket = approve_one(open_looked_at("crowd@example.com", clock, alice), approved_by=bob)
    work(clock)

    clock.advance(hours=1)
    work(clock)

    erasure = erasure_of(ticket, "blueshift")
    assert (erasure.status, erasure.attention, erasure.round) == ("retry_wait", "changed_since_approval", 2)
    assert (erasure.before.profiles, len(erasure.uuids_left)) == (60, 10)
    assert "erasure.reappeared" not in actions(ticket)

    confirm_snapshot(erasure, by=Actor.page(bob), at=clock())
    work(clock)
    clock.advance(hours=1)
    work(clock)

    assert erasure_of(ticket, "blueshift").status == "verified_absent"
    assert sandbox.people("crowd@example.com")["blueshift"] == []


def test_both_spellings_of_an_address_are_shown_and_erased(sandbox, clock, alice, bob):
    accounts(sandbox, "bento", verify_after="1h,2h,3h")
    for spelling in ("Twin@example.com", "twin@example.com"):
        sandbox.add("bento", spelling, created_at=LONG_AGO)
    ticket = open_looked_at("Twin@example.com", clock, alice)
    assert erasure_of(ticket).before.profiles == 2
    assert spellings_tried(erasure_of(ticket)) == "Searched as typed, and in lower case."

    approve_one(ticket, approved_by=bob)
    for _ in range(3):
        work(clock)
        clock.advance(hours=1)

    assert erasure_of(ticket).status == "verified_absent"
    assert [request["identifiers"] for request in sandbox.deletions()] == [["Twin@example.com"], ["twin@example.com"]]


def test_whom_the_approver_saw_is_asked_for_though_a_later_look_did_not_show_them(sandbox, clock, alice, bob):
    accounts(sandbox, "blueshift", verify_after="1h,2h")
    _, mover = sandbox.add("blueshift", "pair@example.com", profiles=2)
    ticket = approve_one(open_looked_at("pair@example.com", clock, alice), approved_by=bob)
    sandbox.change(mover, email="moved@example.com")
    clock.advance(hours=25)
    work(clock)
    assert erasure_of(ticket, "blueshift").before.profiles == 1

    for _ in range(3):
        clock.advance(hours=1)
        work(clock)

    assert (erasure_of(ticket, "blueshift").status, erasure_of(ticket, "blueshift").uuids_left) == (
        "still_present",
        [mover],
    )


def test_looks_of_different_days_are_not_one_look(sandbox, clock, alice, bob):
    accounts(sandbox, "blueshift", verify_after="1h,2h")
    gone = sandbox.add("blueshift", "three@example.com", profiles=3)
    ticket = approve_one(open_looked_at("three@example.com", clock, alice), approved_by=bob)
    work(clock)
    Erasure.objects.update(unasked=gone[2:], gathered=None, gathering_since=clock() - timedelta(days=3))
    clock.advance(hours=1)

    work(clock)

    assert erasure_of(ticket, "blueshift").status == "verified_absent"
    assert len(sandbox.journal(action="get")) == 1 + len(gone)


def test_the_rest_stays_stopped_whatever_a_look_finds(sandbox, clock, alice, bob):
    accounts(sandbox, "blueshift", verify_after="1h,2h,3h")
    sandbox.add("blueshift", "crowd@example.com", profiles=60)
    ticket = approve_one(open_looked_at("crowd@example.com", clock, alice), approved_by=bob)
    work(clock)

    refusals = stop_rest(only(ticket), text="wrong person", by=Actor.page(alice), at=clock())
    clock.advance(hours=1)
    work(clock)
    work(clock)

    erasure = erasure_of(ticket, "blueshift")
    assert refusals == []
    assert (erasure.status, erasure.is_open, erasure.attempts.count()) == ("still_present", False, 1)


def test_an_old_sighting_is_looked_at_again_before_anything_is_sent_again(sandbox, clock, alice, bob):
    accounts(sandbox, "bento")
    ticket = approve_one(open_looked_at(ADA, clock, alice), approved_by=bob)
    sandbox.fault(path="delet", status=500, times=0)
    work(clock)
    hold(only(ticket), text="legal asks", by=Actor.page(alice), at=clock())
    clock.advance(minutes=5)
    work(clock)
    sandbox.withdraw_faults()
    clock.advance(days=20)
    release(only(ticket), by=Actor.page(bob), at=clock())
    before = len(sandbox.journal(action="find"))

    work(clock)

    assert len(sandbox.journal(action="find")) > before
    assert erasure_of(ticket).before.taken_at < clock() - timedelta(days=19)


def test_asking_for_a_look_forgets_nothing_of_the_last_one(sandbox, clock, alice):
    accounts(sandbox, "bento")
    ticket = open_looked_at(ADA, clock, alice)
    before = erasure_of(ticket).before

    look_now(ticket, by=Actor.page(alice), at=clock())
    asked = erasure_of(ticket)
    work(clock)

    assert (asked.before, asked.look_asked) == (before, True)
    assert erasure_of(ticket).before != before
    assert not erasure_of(ticket).look_asked


def open_looked_at(email, clock, opened_by):
    ticket = open_one(email, opened_by=opened_by)
    work(clock)
    return ticket


def only(ticket):
    return DeletionTicket.objects.filter(pk=ticket.pk)
