from datetime import timedelta

import pytest

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket
from apps.tickets.selectors.reasons import read_reasons
from apps.tickets.services import deciding
from tests.constants import NOW

from .desk import actions, only, opened_by, sync


def test_a_verified_identity_makes_a_ticket_ready_for_approval(alice):
    sync()
    ticket = opened_by(alice, basis="asked")

    refusals = deciding.verify_identity(only(ticket), basis="document", by=Actor.page(alice), at=NOW)

    ticket.refresh_from_db()
    assert refusals == []
    assert (ticket.status, ticket.identity_basis, ticket.identity_verified_by) == (
        "pending_approval",
        "document",
        alice,
    )


def test_still_asked_for_is_no_check(alice):
    sync()
    ticket = opened_by(alice, basis="asked")

    with pytest.raises(TicketError, match="is not a check"):
        deciding.verify_identity(only(ticket), basis="asked", by=Actor.page(alice), at=NOW)


def test_identity_is_verified_once(alice):
    sync()
    ticket = opened_by(alice)

    refusals = deciding.verify_identity(only(ticket), basis="document", by=Actor.page(alice), at=NOW)

    assert [refusal.reference for refusal in refusals] == [ticket.reference]


def test_a_denial_has_a_code_and_a_sealed_text(alice, bob):
    sync()
    ticket = opened_by(alice)

    deciding.deny(only(ticket), code="suspected_fraud", text="Two people asked.", by=Actor.page(bob), at=NOW)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolution, ticket.denial_code) == ("denied", "denied", "suspected_fraud")
    reason = ticket.reasons.get()
    assert b"Two" not in bytes(reason.sealed)
    assert [given.text for given in read_reasons([reason], ticket.key)] == ["Two people asked."]
    assert actions(ticket.reference) == ["ticket.opened", "ticket.denied"]


def test_support_may_not_deny(alice):
    sync()

    with pytest.raises(NotAllowed):
        deciding.deny(only(opened_by(alice)), code="other", text="no", by=Actor.page(alice), at=NOW)


@pytest.mark.parametrize("text", ["", "  "])
def test_every_end_needs_a_reason(alice, text):
    sync()

    with pytest.raises(TicketError, match="Write a reason"):
        deciding.cancel(only(opened_by(alice)), text=text, by=Actor.page(alice), at=NOW)


def test_a_closed_ticket_stays_closed(alice, bob):
    sync()
    ticket = opened_by(alice)
    deciding.cancel(only(ticket), text="typo", by=Actor.page(alice), at=NOW, opened_in_error=True)

    refusals = deciding.deny(only(ticket), code="other", text="late", by=Actor.page(bob), at=NOW)

    ticket.refresh_from_db()
    assert len(refusals) == 1
    assert (ticket.status, ticket.resolution) == ("cancelled", "opened_in_error")


def test_a_hold_and_its_release_are_one_flag(alice, bob):
    sync()
    ticket = opened_by(alice)

    deciding.hold(only(ticket), text="legal asks", by=Actor.page(alice), at=NOW)
    again = deciding.hold(only(ticket), text="twice", by=Actor.page(alice), at=NOW)
    deciding.release(only(ticket), by=Actor.page(bob), at=NOW)

    ticket.refresh_from_db()
    assert "already" in again[0].reason
    assert (ticket.on_hold, ticket.status) == (False, "pending_approval")
    assert actions(ticket.reference) == ["ticket.opened", "ticket.held", "ticket.released"]


def test_support_may_not_release(alice):
    sync()
    ticket = opened_by(alice)
    deciding.hold(only(ticket), text="legal asks", by=Actor.page(alice), at=NOW)

    with pytest.raises(NotAllowed):
        deciding.release(only(ticket), by=Actor.page(alice), at=NOW)


def test_a_duplicate_comes_back_when_its_cover_is_cancelled(alice):
    sync()
    cover, double = opened_by(alice), opened_by(alice, basis="asked")
    deciding.mark_duplicate(double, cover=cover, by=Actor.page(alice), at=NOW)
    double.refresh_from_db()
    assert (double.status, double.resolution, double.cover) == ("duplicate", "duplicate", cover)

    deciding.cancel(only(cover), text="typo", by=Actor.page(alice), at=NOW)

    double.refresh_from_db()
    assert (double.status, double.resolution, double.cover) == ("awaiting_identity", "", None)


def test_a_duplicate_that_comes_back_has_no_choice_of_profiles_left(alice):
    sync()
    cover, double = opened_by(alice), opened_by(alice)
    double.erasures.update(choice="all", chosen_by=alice)
    deciding.mark_duplicate(double, cover=cover, by=Actor.page(alice), at=NOW)

    deciding.undo_duplicate(only(double), by=Actor.page(alice), at=NOW)

    assert set(double.erasures.values_list("choice", "chosen_from")) == {("", None)}


def test_a_ticket_does_not_cover_itself(alice):
    sync()
    ticket = opened_by(alice)

    with pytest.raises(TicketError, match="cannot cover"):
        deciding.mark_duplicate(ticket, cover=ticket, by=Actor.page(alice), at=NOW)


def test_identity_that_nobody_verified_in_time_is_a_denial(alice, settings):
    sync()
    late = opened_by(alice, basis="asked")

    deciding.expire_identity_checks(by=Actor.worker(), at=NOW + timedelta(days=settings.IDENTITY_DAYS))

    late.refresh_from_db()
    assert (late.status, late.denial_code) == ("denied", "insuf_verification")
    assert DeletionTicket.objects.open().count() == 0


def test_an_auditor_calls_nothing_a_duplicate_or_not(alice, carol):
    sync()
    cover, double = opened_by(alice), opened_by(alice)
    deciding.mark_duplicate(double, cover=cover, by=Actor.page(alice), at=NOW)

    with pytest.raises(NotAllowed):
        deciding.undo_duplicate(only(double), by=Actor.page(carol), at=NOW)


def test_what_is_no_duplicate_is_named(alice):
    sync()
    ticket = opened_by(alice)

    refusals = deciding.undo_duplicate(only(ticket), by=Actor.page(alice), at=NOW)

    assert [refusal.reason for refusal in refusals] == ["is no duplicate"]
