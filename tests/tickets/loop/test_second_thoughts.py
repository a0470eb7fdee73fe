"""What must not leave again: after a stop, past an old sighting, or to somebody who joined the address meanwhile."""

from datetime import timedelta

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket
from apps.tickets.services.deciding import hold, release
from apps.tickets.services.handling import look_now, stop_rest
from tests.tickets.builders import ADA, accounts, approve_one, erasure_of, open_one, work


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
