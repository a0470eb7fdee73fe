"""What staff decide about somebody who came back."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.utils import ConnectionDoesNotExist
from django.urls import reverse

from apps.audit.actors import Actor, NotAllowed
from apps.audit.selectors import verify
from apps.privacy.vault import shred
from apps.suppression.models import SuppressionEntry
from apps.tickets.errors import TicketError
from apps.tickets.forms.acting import ReopenForm
from apps.tickets.models import DeletionTicket, Reappearance
from apps.tickets.selectors.identifiers import identifiers_of
from apps.tickets.selectors.pages import aside, load_ticket
from apps.tickets.selectors.reappearances import load_reappearance
from apps.tickets.selectors.reopening import request_again
from apps.tickets.services.approving import approve
from apps.tickets.services.deciding import deny, verify_identity
from apps.tickets.services.handling import reopen
from apps.tickets.services.reappearing import accept_return, erase_again
from tests.tickets.builders import ADA, actions, approve_one, work
from tests.tickets.desk import only


@pytest.fixture
def came_back(erased, run, sandbox, clock):
    """Let somebody come back at Bento, and let the watch find them."""
    sandbox.settings(bento_search="open")

    def make(email: str = ADA, *, again: str = "") -> Reappearance:
        ticket = erased(email)
        sandbox.recreate("bento", again or email)
        clock.advance(days=2)
        sandbox.advance(2 * 24 * 3600)
        run(ticket)
        return load_reappearance(Reappearance.objects.latest("pk").pk)

    return make


def reimported(row, *, by, at):
    return erase_again(row, source="stripe", text="The nightly sync ran.", by=Actor.page(by), at=at)


def migration(name):
    return import_module(f"apps.tickets.migrations.{name}")


def by_choice(row, *, by, at):
    return accept_return(row, text="Ordered again.", by=Actor.page(by), at=at)


def test_a_reimport_opens_a_linked_ticket_without_a_subjects_clock(came_back, alice, clock):
    row = came_back()

    follow_up = reimported(row, by=alice, at=clock())

    row.refresh_from_db()
    assert (row.status, row.source, row.follow_up, row.decided_by) == ("reimported", "stripe", follow_up, alice)
    assert (follow_up.predecessor, follow_up.own_initiative, follow_up.regime) == (row.ticket, True, "other")
    assert (follow_up.requested_at, follow_up.status) == (None, "pending_approval")
    assert follow_up.due_at == clock() + timedelta(days=settings.OTHER_REGIME_DAYS)
    assert identifiers_of(follow_up) == {"email": ADA}
    assert actions(row.ticket)[-2:] == ["erasure.reappeared", "reappearance.reimported"]
    assert verify().fault is None


def test_the_follow_up_claims_neither_a_request_nor_a_verified_identity(came_back, alice, clock):
    row = came_back()

    follow_up = reimported(row, by=alice, at=clock())

    assert (follow_up.requester, follow_up.identity_basis) == ("own", "reimported")
    assert (follow_up.identity_verified_by, follow_up.identity_verified_at, follow_up.opened_by) == (None, None, alice)
    told = {fact.name: fact for fact in aside(load_ticket(follow_up.pk), with_reasons=False, at=clock()).facts}
    assert told["Asked by"].value == "Own initiative"
    assert told["Identity"].value == f"Own initiative: re-imported after an erasure ({row.ticket.reference})"
    assert (told["Identity"].at, told["Identity"].note, "Received" in told) == (None, "", False)


def test_a_follow_up_that_is_opened_anew_stays_on_own_initiative(came_back, alice, bob, clock):
    follow_up = reimported(came_back(), by=alice, at=clock())
    deny(only(follow_up), code="other", text="Asked the shop first.", by=Actor.page(bob), at=clock())

    request = request_again(only(follow_up).get(), corrected={}, identity_basis="document")
    again = reopen(follow_up, request, by=Actor.page(alice), at=clock())

    assert "identity_basis" not in ReopenForm(own_initiative=True).fields
    assert (again.predecessor, again.own_initiative, again.status) == (follow_up, True, "pending_approval")
    assert (again.requester, again.identity_basis, again.identity_verified_by) == ("own", "reimported", None)


@pytest.fixture
def denied(came_back, alice, bob, clock) -> DeletionTicket:
    """A follow-up on own initiative that was called off."""
    follow_up = reimported(came_back(), by=alice, at=clock())
    deny(only(follow_up), code="other", text="Asked the shop first.", by=Actor.page(bob), at=clock())
    return only(follow_up).get()


@pytest.mark.parametrize("corrected", [{"email": "victim@example.com"}, {"customer_id": "2001"}])
def test_nobody_else_takes_over_a_ticket_on_own_initiative(denied, alice, clock, corrected):
    request = request_again(denied, corrected=corrected, identity_basis="")

    with pytest.raises(TicketError, match="another spelling of the same"):
        reopen(denied, request, by=Actor.page(alice), at=clock())

    assert not denied.successors.exists()


def test_a_ticket_on_own_initiative_takes_another_spelling(denied, alice, clock):
    request = request_again(denied, corrected={"email": ADA.upper()}, identity_basis="")

    again = reopen(denied, request, by=Actor.page(alice), at=clock())

    assert identifiers_of(again) == {"email": ADA.upper()}


def test_the_page_asks_for_no_identifier_that_would_be_refused(denied, alice, client):
    client.force_login(alice)
    url = reverse("admin:tickets_deletionticket_reopen", args=[denied.pk])

    answer = client.post(url, {"email": "victim@example.com"}, follow=True)

    assert list(ReopenForm(masked={"email": "a•••"}, own_initiative=True).fields) == ["email"]
    assert "another spelling of the same" in answer.text
    assert not denied.successors.exists()


def test_no_identity_is_verified_on_own_initiative(came_back, alice, bob, clock):
    follow_up = reimported(came_back(), by=alice, at=clock())
    only(follow_up).update(status="awaiting_identity")  # as before the basis "reimported" was known

    [refusal] = verify_identity(only(follow_up), basis="document", by=Actor.page(bob), at=clock())

    assert refusal.reason == "was opened on own initiative: nobody asked, so there is no identity to check"


def test_migrating_lets_what_awaited_an_identity_go_on(came_back, alice, clock):
    follow_up = reimported(came_back(), by=alice, at=clock())
    only(follow_up).update(status="awaiting_identity")

    migration("0017_own_initiative_awaits_no_identity").await_approval(apps, SimpleNamespace(connection=connection))

    assert only(follow_up).get().status == "pending_approval"


@pytest.mark.parametrize("name", ["say_own_initiative", "claim_a_check_elsewhere"])
def test_migrating_keeps_to_the_database_that_is_migrated(name):
    elsewhere = SimpleNamespace(connection=SimpleNamespace(alias="elsewhere"))

    with pytest.raises(ConnectionDoesNotExist):
        getattr(migration("0013_own_initiative_of_before"), name)(apps, elsewhere)


@pytest.mark.parametrize(
    "changes", [{"requester": "self"}, {"identity_basis": "document"}, {"identity_verified_by": F("opened_by")}]
)
def test_the_database_knows_nobody_who_asked_for_it_or_verified_it(came_back, alice, clock, changes):
    follow_up = reimported(came_back(), by=alice, at=clock())

    with (
        pytest.raises(IntegrityError, match="own_initiative_names_no_requester_and_no_verifier"),
        transaction.atomic(),
    ):
        only(follow_up).update(**changes)


def test_the_follow_up_is_approved_by_somebody_else(came_back, bob, clock):
    follow_up = reimported(came_back(), by=bob, at=clock())

    tickets = DeletionTicket.objects.filter(pk=follow_up.pk)
    refusals = approve(tickets, sources_paused="paused", by=Actor.page(bob), at=clock())

    assert len(refusals) == 1
    assert tickets.get().status == "pending_approval"


def test_the_follow_up_erases_whoever_came_back(came_back, alice, bob, clock, sandbox):
    row = came_back()
    follow_up = reimported(row, by=alice, at=clock())
    work(clock)
    approve_one(follow_up, approved_by=bob, at=clock())
    work(clock)
    clock.advance(seconds=2)
    work(clock)

    follow_up.refresh_from_db()

    assert (follow_up.status, follow_up.resolution) == ("completed", "erased_verified")
    assert sandbox.people(ADA)["bento"] == []


def test_the_follow_up_takes_the_spelling_that_came_back(came_back, alice, clock):
    follow_up = reimported(came_back(again="Ada@Example.com"), by=alice, at=clock())

    assert identifiers_of(follow_up) == {"email": "Ada@Example.com"}


def test_a_redacted_ticket_is_followed_up_by_the_address_that_was_seen(erased, run, sandbox, alice, clock):
    sandbox.settings(bento_search="open")
    ticket = erased()
    shred(ticket.key, at=clock())
    sandbox.recreate("bento", ADA)
    run(ticket)
    row = load_reappearance(Reappearance.objects.get().pk)

    follow_up = reimported(row, by=alice, at=clock())

    assert row.key != ticket.key
    assert identifiers_of(follow_up) == {"email": ADA}


def test_a_ticket_under_way_for_the_person_is_taken_instead_of_a_new_one(came_back, run, sandbox, alice, clock):
    first = came_back()
    follow_up = reimported(first, by=alice, at=clock())
    sandbox.recreate("bento", ADA)
    clock.advance(minutes=15)
    run(first.ticket)
    second = load_reappearance(Reappearance.objects.get(status="open").pk)

    assert reimported(second, by=alice, at=clock()) == follow_up
    assert DeletionTicket.objects.count() == 2


def test_back_by_choice_lifts_the_suppression(came_back, bob, clock):
    row = came_back()

    lifted = by_choice(row, by=bob, at=clock())

    row.refresh_from_db()
    entry = SuppressionEntry.objects.get()
    assert lifted == 1
    assert (entry.lift_reason, entry.lifted_at) == ("came_back", clock())
    assert (row.status, row.decided_by, row.follow_up) == ("by_choice", bob, None)
    assert actions(row.ticket)[-1] == "reappearance.by_choice"


def test_back_by_choice_takes_the_right_to_lift(came_back, alice, clock):
    row = came_back()

    with pytest.raises(NotAllowed):
        by_choice(row, by=alice, at=clock())

    row.refresh_from_db()
    assert row.is_open
    assert SuppressionEntry.objects.get().is_live


def test_an_auditor_decides_nothing(came_back, carol, clock):
    row = came_back()

    with pytest.raises(NotAllowed):
        reimported(row, by=carol, at=clock())

    assert DeletionTicket.objects.count() == 1


def test_it_is_decided_once(came_back, bob, alice, clock):
    row = came_back()
    by_choice(row, by=bob, at=clock())

    with pytest.raises(TicketError):
        reimported(row, by=alice, at=clock())

    assert DeletionTicket.objects.count() == 1


def test_a_decision_needs_a_reason(came_back, bob, clock):
    row = came_back()

    with pytest.raises(TicketError):
        accept_return(row, text="  ", by=Actor.page(bob), at=clock())

    row.refresh_from_db()
    assert row.is_open
    assert SuppressionEntry.objects.get().is_live


def test_what_came_back_by_choice_is_not_reported_again(came_back, run, sandbox, bob, clock):
    row = came_back()
    by_choice(row, by=bob, at=clock())
    sandbox.change(row.new_uuid, fields={"plan": "pro"})

    assert run(row.ticket) is None
    assert Reappearance.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"status": "by_choice"}, "reappearance_decision_has_person_time_reason"),
        ({"source": "stripe", "follow_up": 1}, "reappearance_reimport_has_source_and_follow_up"),
    ],
)
def test_the_database_holds_the_rules_of_a_decision(came_back, changes, rule):
    came_back()

    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Reappearance.objects.update(**changes)


def test_the_database_knows_no_subjects_clock_for_the_consoles_own_tickets(came_back):
    came_back()

    with pytest.raises(IntegrityError, match="own_initiative_has_no_subjects_clock"), transaction.atomic():
        DeletionTicket.objects.update(own_initiative=True)
