from datetime import timedelta

import pytest
from django.db import IntegrityError

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure, TicketIdentifier
from apps.tickets.requests import Request
from apps.tickets.selectors.identifiers import identifiers_of, tickets_about
from apps.tickets.services.opening import open_ticket
from tests.constants import NOW

from .desk import actions, opened_by, sync


def test_it_makes_one_erasure_per_account_and_identifier(alice):
    sync()
    request = Request(identifiers={"email": "Ann@Example.org", "customer_id": "77"}, identity_basis="elsewhere")

    ticket = open_ticket(request, by=Actor.page(alice), at=NOW)

    rows = ticket.erasures.order_by("account__name", "kind").values_list("account__name", "kind", "status", "waiver")
    assert list(rows) == [
        ("bento", "customer_id", "not_applicable", "no_lookup"),
        ("bento", "email", "queued", ""),
        ("blueshift", "customer_id", "queued", "no_lookup"),
        ("blueshift", "email", "queued", ""),
    ]
    assert ticket.reference == "DEL-2026-000001"
    assert actions(ticket.reference) == ["ticket.opened"]


def test_identifiers_are_sealed_as_typed_and_found_by_digest(alice):
    sync()

    ticket = opened_by(alice, email=" Ann+News@Example.org ")

    row = TicketIdentifier.objects.get()
    assert identifiers_of(ticket) == {"email": "Ann+News@Example.org"}
    assert b"Ann" not in bytes(row.sealed)
    assert "ann" not in row.masked.lower()
    assert list(tickets_about("email", "ann+news@EXAMPLE.org")) == [ticket]


def test_a_stated_basis_makes_the_opener_the_verifier(alice):
    sync()

    known, asked = opened_by(alice), opened_by(alice, email="bea@example.org", basis="asked")

    assert (known.status, known.identity_verified_by) == ("pending_approval", alice)
    assert (asked.status, asked.identity_verified_by) == ("awaiting_identity", None)


def test_the_clock_starts_with_receipt_or_is_flagged(alice):
    sync()

    told = opened_by(alice, received_at=NOW - timedelta(days=3))
    assumed = opened_by(alice, email="bea@example.org")

    assert (told.received_assumed, told.due_at) == (False, (NOW - timedelta(days=3)).replace(month=6, day=29))
    assert (assumed.received_assumed, assumed.received_at) == (True, NOW)


@pytest.mark.parametrize(
    ("identifiers", "reason"),
    [({}, "at least one identifier"), ({"email": "  "}, "at least one identifier"), ({"email": "ann"}, "one @")],
)
def test_it_refuses_what_identifies_nobody(alice, identifiers, reason):
    sync()

    with pytest.raises(TicketError, match=reason):
        open_ticket(Request(identifiers=identifiers), by=Actor.page(alice), at=NOW)

    assert not DeletionTicket.objects.exists()


@pytest.mark.parametrize("names", [(), ("bento",)])
def test_it_refuses_a_ticket_that_no_account_can_work_on(alice, names):
    if names:
        sync(*names)

    with pytest.raises(TicketError, match="No vendor account can use"):
        open_ticket(Request(identifiers={"customer_id": "77"}), by=Actor.page(alice), at=NOW)

    assert not DeletionTicket.objects.exists()


@pytest.mark.parametrize("field", ["external_ref", "language"])
@pytest.mark.parametrize("text", ["ann@example.org", "ann＠example.org", "ann%40example.org"])
def test_it_refuses_an_address_where_words_are_kept_in_clear(alice, field, text):
    sync()

    with pytest.raises(TicketError, match="shown in clear") as refusal:
        opened_by(alice, **{field: text})

    assert text not in str(refusal.value)
    assert not DeletionTicket.objects.exists()


@pytest.mark.parametrize("moment", ["requested_at", "received_at"])
def test_it_refuses_dates_from_the_future(alice, moment):
    sync()

    with pytest.raises(TicketError, match="future|after the request"):
        opened_by(alice, **{moment: NOW + timedelta(days=1)})


def test_it_needs_the_right(carol):
    sync()

    with pytest.raises(NotAllowed, match="carol may not"):
        opened_by(carol)


def test_references_are_dense(alice):
    sync()

    references = [opened_by(alice, email=f"p{n}@example.org").reference for n in range(3)]

    assert references == ["DEL-2026-000001", "DEL-2026-000002", "DEL-2026-000003"]


def test_the_database_holds_one_erasure_per_ticket_account_and_kind(alice):
    sync()
    erasure = opened_by(alice).erasures.first()
    erasure.pk = None

    with pytest.raises(IntegrityError, match="erasure"):
        Erasure.objects.bulk_create([erasure])
