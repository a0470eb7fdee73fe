"""Whom the watch asks for: whatever else a ticket waits for, and one vendor's id of a person after the other."""

import pytest

from apps.tickets.models import DeletionTicket, Reappearance
from apps.tickets.selectors.returns import watch_lines
from apps.tickets.services.watching import watch
from tests.tickets.builders import ADA, accounts, approve_one, erasure_of, open_one, work

VERA = "vera@example.com"
SEARCHES = ["open", "refused"]


@pytest.fixture
def open_elsewhere(sandbox, alice, bob, clock) -> DeletionTicket:
    """Erase Ada at Bento, while Blueshift refuses and the ticket stays open."""
    accounts(sandbox, verify_after="1s")
    sandbox.fault(vendor="blueshift", path="delete", status=422, times=0)
    ticket = open_one(ADA, opened_by=alice, at=clock())
    work(clock)
    approve_one(ticket, approved_by=bob, at=clock())
    work(clock)
    clock.advance(seconds=2)
    work(clock)
    assert erasure_of(ticket, "blueshift").status == "rejected"
    assert erasure_of(ticket, "bento").status == "verified_absent"
    return ticket


@pytest.mark.parametrize("search", SEARCHES)
def test_who_was_erased_is_watched_while_the_ticket_is_open_elsewhere(open_elsewhere, sandbox, clock, search):
    sandbox.settings(bento_search=search)
    [new] = sandbox.recreate("bento", ADA)

    watch(erasure_of(open_elsewhere, "bento").account, clock=clock)

    assert Reappearance.objects.get().new_uuid == new


def test_nobody_is_watched_where_the_erasure_is_not_closed(open_elsewhere, clock):
    assert watch(erasure_of(open_elsewhere, "blueshift").account, clock=clock) is None


def test_the_list_counts_whom_it_looks_up_while_their_ticket_is_open(open_elsewhere, sandbox, clock):
    watch(erasure_of(open_elsewhere, "bento").account, clock=clock)

    [told] = [line.so_far for line in watch_lines(at=clock()) if line.account == "bento"]

    assert "One person is looked up, the oldest check" in told
    assert "cannot be looked up" not in told


@pytest.fixture
def forgotten(sandbox, alice, bob, clock) -> DeletionTicket:
    """Let Blueshift forget Vera's five records: they stay, without anybody in them."""
    sandbox.add("blueshift", VERA, profiles=5)
    accounts(sandbox, "blueshift", verify_after="1s", mode="forget")
    ticket = open_one(VERA, opened_by=alice, at=clock())
    work(clock)
    approve_one(ticket, approved_by=bob, at=clock())
    for _ in range(6):  # requests and looks for a few at a time
        work(clock)
        clock.advance(seconds=2)
    assert erasure_of(ticket, "blueshift").status == "verified_absent"
    return ticket


def test_each_record_of_a_person_is_asked_for_in_turn(forgotten, run, sandbox, clock):
    """All of them have moved to other addresses, and one find has time for two."""
    records = forgotten.erasures.get().before.vendor_uuids
    for uuid in records:
        sandbox.change(uuid, email="moved@example.com")
    calls = len(sandbox.journal())

    for seen in (2, 4, 5):
        clock.advance(minutes=15)
        run(forgotten)
        assert Reappearance.objects.count() == seen

    assert {row.new_uuid for row in Reappearance.objects.all()} == set(records)
    assert len(sandbox.journal()) - calls == 3 * 3
