"""What is known already about a person."""

import pytest

from apps.audit.actors import Actor
from apps.privacy.identifiers import InvalidIdentifier
from apps.tickets.requests import Request
from apps.tickets.selectors.findings import Findings, find_earlier
from apps.tickets.services.deciding import cancel, deny
from apps.tickets.services.opening import open_ticket
from apps.tickets.states import Resolution, TicketStatus
from tests.constants import NOW
from tests.tickets.desk import approved_by, only, opened_by, sync

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def accounts():
    sync()


def about(email: str = "ann@example.org", **others: str) -> Findings:
    return find_earlier({"email": email, **others}, at=NOW)


def test_nothing_is_known_of_a_stranger(alice):
    opened_by(alice, email="bea@example.org")

    assert not about()


def test_an_open_ticket_is_found_by_any_spelling_that_means_the_same(alice):
    ticket = opened_by(alice, email="Ann@Example.org")

    (found,) = about("ann@EXAMPLE.org ").open

    assert (found.reference, found.state, found.since) == (ticket.reference, "Needs approval", NOW)
    assert found.identifiers == ("E-mail A•••@E•••.org",)


def test_a_completed_ticket_tells_how_it_ended(alice, bob):
    ticket = opened_by(alice)
    approved_by(bob, ticket)
    only(ticket).update(status=TicketStatus.COMPLETED, resolution=Resolution.ERASED_VERIFIED, closed_at=NOW)

    found = about()

    assert [earlier.state for earlier in found.closed] == ["Erased, verified"]
    assert found.open == ()


def test_whoever_was_erased_is_suppressed_too(alice, bob):
    ticket = opened_by(alice)
    approved_by(bob, ticket)

    (block,) = about().blocks

    assert ticket.reference in block.sources[0].words


def test_a_denied_ticket_counts_as_known_and_a_cancelled_one_does_not(alice, bob):
    denied, cancelled = opened_by(alice), opened_by(alice)
    deny(only(denied), code="other", text="No proof.", by=Actor.page(bob), at=NOW)
    cancel(only(cancelled), text="Called off.", by=Actor.page(bob), at=NOW)

    assert [found.reference for found in about().closed] == [denied.reference]


def test_one_ticket_found_by_two_identifiers_is_told_once(alice):
    request = Request(identifiers={"email": "ann@example.org", "customer_id": "c-1"}, identity_basis="elsewhere")
    ticket = open_ticket(request, by=Actor.page(alice), at=NOW)

    (found,) = about(customer_id="c-1").open

    assert found.reference == ticket.reference
    assert found.identifiers == ("Customer id c•••", "E-mail a•••@e•••.org")


def test_the_fingerprint_changes_with_what_is_known(alice, bob):
    ticket = opened_by(alice)
    before = about().fingerprint

    approved_by(bob, ticket)

    assert about().fingerprint != before
    assert "ann" not in before


def test_an_unusable_identifier_is_refused():
    with pytest.raises(InvalidIdentifier):
        about("no address")
