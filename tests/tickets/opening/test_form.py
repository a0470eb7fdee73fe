"""The form that opens a ticket."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from apps.privacy.vault import unseal
from apps.tickets.models import DeletionTicket
from apps.tickets.states import TicketStatus
from tests.tickets.desk import opened_by, sync

ADD = reverse("admin:tickets_deletionticket_add")
CHECK = reverse("admin:tickets_deletionticket_check")
DUE = reverse("admin:tickets_deletionticket_due")
ADDRESS = "ann@example.org"

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, alice):
    sync()
    client.force_login(alice)
    return client


def wish(**changes: str) -> dict[str, str]:
    return {"email": ADDRESS, "regime": "gdpr", "requester": "self", "identity_basis": "elsewhere", **changes}


def test_it_opens_a_ticket_and_goes_to_its_page(desk, alice):
    answer = desk.post(
        ADD,
        wish(
            customer_id="c-1",
            received_at_0="2026-01-31",
            received_at_1="09:30",
            requested_at="2026-01-30",
            regime="ccpa",
            channel="letter",
            urgent="on",
            external_ref="CASE-7",
            language="de",
            country="at",
            requester="agent",
            note="She called twice.",
            original_request="Please erase me.",
        ),
    )

    ticket = DeletionTicket.objects.get()
    assert answer.url == reverse("admin:tickets_deletionticket_change", args=[ticket.pk])
    assert (ticket.opened_by, ticket.identity_verified_by, ticket.status) == (alice, alice, "pending_approval")
    assert ticket.received_at == datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    assert ticket.requested_at == datetime(2026, 1, 30, tzinfo=UTC)
    assert ticket.due_at == datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
    assert (ticket.urgent, ticket.external_ref, ticket.language, ticket.country) == (True, "CASE-7", "de", "AT")
    assert (ticket.channel, ticket.requester) == ("letter", "agent")
    assert unseal(ticket.key, ticket.note, name="ticket.note") == "She called twice."
    assert unseal(ticket.key, ticket.original_request, name="ticket.original_request") == "Please erase me."


def test_a_day_without_a_time_starts_the_clock_at_its_first_minute(desk):
    desk.post(ADD, wish(received_at_0="2026-01-31"))

    assert DeletionTicket.objects.get().received_at == datetime(2026, 1, 31, tzinfo=UTC)


def test_a_missing_receipt_is_the_moment_of_opening_and_flagged(desk):
    desk.post(ADD, wish())

    ticket = DeletionTicket.objects.get()
    assert ticket.received_assumed
    assert ticket.received_at == ticket.opened_at


def test_identity_that_is_still_asked_for_leaves_the_ticket_waiting(desk):
    answer = desk.post(ADD, wish(identity_basis="asked"), follow=True)

    ticket = DeletionTicket.objects.get()
    assert (ticket.status, ticket.identity_verified_by) == (TicketStatus.AWAITING_IDENTITY, None)
    assert "It waits for the identity check." in answer.text


def test_a_spelling_is_kept_as_typed(desk):
    desk.post(ADD, wish(email="  Ann+News@Example.ORG "))

    ticket = DeletionTicket.objects.get()
    row = ticket.identifiers.get()
    assert unseal(ticket.key, row.sealed, name=row.sealed_name) == "Ann+News@Example.ORG"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": ""}, "at least one identifier"),
        ({"email": "ann.example.org"}, "one @ with a name before it"),
        ({"received_at_0": "2126-01-01"}, "lies in the future"),
        ({"received_at_1": "09:30"}, "Enter a valid date"),
        ({"received_at_0": "2026-01-01", "requested_at": "2026-01-02"}, "cannot have asked after"),
        ({"external_ref": "ann@example.org"}, "cannot be an address"),
        ({"country": "Germany"}, "two letters"),
        ({"language": "in German"}, "such as de"),
        ({"regime": "none"}, "Select a valid choice"),
        ({"identity_basis": ""}, "required"),
    ],
)
def test_a_refusal_is_told_at_the_form_and_loses_nothing(desk, changes, words):
    answer = desk.post(ADD, wish(note="She called twice.", customer_id="", **changes))

    assert answer.status_code == 200
    assert words in answer.text
    assert "She called twice." in answer.text
    assert not DeletionTicket.objects.exists()


def test_without_a_vendor_account_it_says_what_to_do(client, alice):
    client.force_login(alice)

    assert "run sync_vendors" in client.post(ADD, wish()).text


def test_an_open_ticket_is_shown_before_another_is_opened(desk, alice):
    first = opened_by(alice, email=ADDRESS)

    answer = desk.post(ADD, wish(email="ANN@example.org", note="She called twice."))

    assert first.reference in answer.text
    assert "Needs approval" in answer.text
    assert "Open all the same" in answer.text
    assert "She called twice." in answer.text
    assert DeletionTicket.objects.count() == 1


def test_it_opens_all_the_same_once_confirmed(desk, alice):
    opened_by(alice, email=ADDRESS)
    shown = desk.post(ADD, wish()).context["findings"]

    desk.post(ADD, wish(confirmed=shown.fingerprint))

    assert DeletionTicket.objects.count() == 2


def test_a_confirmation_counts_for_what_was_shown_only(desk, alice):
    opened_by(alice, email=ADDRESS)
    shown = desk.post(ADD, wish()).context["findings"]
    opened_by(alice, email=ADDRESS)

    answer = desk.post(ADD, wish(confirmed=shown.fingerprint))

    assert "Open all the same" in answer.text
    assert DeletionTicket.objects.count() == 2


def test_what_is_known_is_told_while_typing(desk, alice):
    first = opened_by(alice, email=ADDRESS)

    answer = desk.post(CHECK, {"email": ADDRESS, "customer_id": "c-9"})

    assert first.reference in answer.text
    assert "a•••@e•••.org" in answer.text
    assert ADDRESS not in answer.text
    assert "<html" not in answer.text


def test_a_wrong_identifier_is_told_while_typing_without_hiding_the_others(desk, alice):
    first = opened_by(alice, email=ADDRESS)

    answer = desk.post(CHECK, {"email": ADDRESS, "cookie": "a\u0007b"})

    assert first.reference in answer.text
    assert "control character" in answer.text


def test_nothing_known_is_said_too(desk):
    assert "not suppressed" in desk.post(CHECK, {"email": ADDRESS}).text
    assert desk.post(CHECK, {}).text.strip() == ""


def test_an_address_with_capitals_says_that_both_spellings_are_tried(desk):
    assert "Both spellings are tried" in desk.post(CHECK, {"email": "Ann@example.org"}).text
    assert "spellings" not in desk.post(CHECK, {"email": ADDRESS, "customer_id": "C-1"}).text


def test_the_due_date_follows_regime_and_receipt(desk):
    answer = desk.post(DUE, {"regime": "gdpr", "received_at_0": "2026-01-31"})

    assert "28 February 2026" in answer.text


def test_a_due_date_is_given_for_whatever_stands_in_the_form(desk):
    assert "Due on" in desk.post(DUE, {"regime": "ccpa", "received_at_0": "nonsense"}).text


@pytest.mark.parametrize("role", ["carol", "olga"])
def test_others_may_not_open_or_ask(client, role, request):
    client.force_login(request.getfixturevalue(role))

    answers = [client.get(ADD), client.post(ADD, wish()), client.post(CHECK, wish()), client.post(DUE, wish())]

    assert [answer.status_code for answer in answers] == [403] * 4


def test_questions_come_by_post_with_a_token(desk):
    assert desk.get(CHECK).status_code == desk.get(DUE).status_code == 405

    desk.handler.enforce_csrf_checks = True
    assert desk.post(CHECK, wish()).status_code == 403


def test_no_address_stays_anywhere_in_clear(desk):
    answer = desk.post(ADD, wish(), follow=True)

    assert ADDRESS not in answer.text
    assert ADDRESS not in str(answer.redirect_chain)
    assert not LogEntry.objects.exists()
