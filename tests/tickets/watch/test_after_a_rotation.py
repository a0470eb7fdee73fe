"""Whoever was erased under an older pepper is known again after a new one, by search and to every later ticket."""

import pytest

from apps.audit.actors import Actor
from apps.suppression.selectors import blocks
from apps.tickets.models import DeletionTicket, Reappearance
from apps.tickets.selectors.findings import find_earlier
from apps.tickets.selectors.reappearances import load_reappearance
from apps.tickets.services.reappearing import accept_return, erase_again
from tests.tickets.builders import ADA, open_one, rotate_peppers


@pytest.fixture
def came_back(erased, run, sandbox, settings, clock):
    """Erase somebody, rotate, and let a search find them under another record."""
    sandbox.settings(bento_search="open")
    ticket = erased()
    rotate_peppers(settings)
    sandbox.recreate("bento", "Ada@Example.com")
    clock.advance(days=2)
    sandbox.advance(2 * 24 * 3600)
    run(ticket)
    return load_reappearance(Reappearance.objects.get(ticket=ticket).pk)


def test_a_search_knows_them_by_the_suppression_of_before(came_back):
    assert (came_back.seen_by, came_back.is_same_record) == ("search", False)


def test_a_new_ticket_finds_the_old_one_and_the_block(came_back, clock):
    found = find_earlier({"email": ADA}, at=clock())

    assert [earlier.reference for earlier in found.closed] == [came_back.ticket.reference]
    assert [block.sources[0].reference for block in blocks("email", ADA, clock())] == [came_back.ticket.reference]


def test_a_ticket_under_way_of_after_it_is_taken_for_the_follow_up(came_back, alice, clock):
    under_way = open_one(opened_by=alice, at=clock())

    by = Actor.page(alice)
    assert erase_again(came_back, source="import", text="A file.", by=by, at=clock()) == under_way
    assert DeletionTicket.objects.count() == 2


def test_back_by_choice_lifts_the_block_of_before(came_back, bob, clock):
    assert accept_return(came_back, text="Ordered again.", by=Actor.page(bob), at=clock()) == 1

    assert blocks("email", ADA, clock()) == []
