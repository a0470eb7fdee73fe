"""The buttons of a ticket page: one click and a reason, one service, and a message that holds nothing personal."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.identifiers import identifiers_of
from apps.tickets.selectors.pages import ticket_page
from apps.tickets.views import page as page_of_ticket

pytestmark = pytest.mark.django_db

ON_TICKET = {
    "approve": {"sources_paused": "paused"},
    "verify": {"basis": "document"},
    "deny": {"code": "legal_claims", "text": "An open lawsuit."},
    "cancel": {"text": "They wrote again."},
    "hold": {"text": "The shop is asked first."},
    "release": {},
    "stop": {"text": "Enough."},
    "renew": {},
    "look": {},
    "undo-duplicate": {},
}
ON_ERASURE = {
    "close": {"text": "Bento cannot."},
    "exempt": {"text": "Tax law."},
    "by-hand": {"evidence": "Deleted in Bento's page at noon."},
    "confirm-by-hand": {},
    "retry": {},
    "waive": {"text": "No look-up today."},
    "confirm-snapshot": {},
    "choose": {"choice": "all", "text": "They told both numbers.", "snapshot": "1"},
}


def url(ticket: DeletionTicket, verb: str, *more: int) -> str:
    return reverse(f"admin:tickets_deletionticket_{verb}", args=[ticket.pk, *more])


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def fresh(ticket: DeletionTicket) -> DeletionTicket:
    return DeletionTicket.objects.get(pk=ticket.pk)


def test_an_approver_approves_and_the_answer_is_kept(as_user, bob, ticket):
    answer = as_user(bob).post(url(ticket, "approve"), {"sources_paused": "not_paused"})

    assert answer.url == url(ticket, "change")
    assert said(answer) == ["Approved."]
    assert (fresh(ticket).status, fresh(ticket).approved_by, fresh(ticket).sources_paused) == (
        "approved",
        bob,
        "not_paused",
    )


def test_a_click_binds_to_what_the_page_has_read(as_user, bob, ticket, monkeypatch):
    def read_while_a_look_comes_in(*args):
        read = ticket_page(*args)
        ticket.erasures.update(waiver="waived")
        return read

    client = as_user(bob)
    monkeypatch.setattr(page_of_ticket, "ticket_page", read_while_a_look_comes_in)
    [button] = [
        button for button in client.get(url(ticket, "change")).context_data["buttons"] if button.act.verb == "approve"
    ]
    monkeypatch.undo()

    answer = client.post(url(ticket, "approve"), {"sources_paused": "none", "seen": button.form["seen"].value()})

    assert "was looked at again" in said(answer)[0]
    assert fresh(ticket).status == "pending_approval"


def test_approving_without_an_answer_shows_the_question_again(as_user, bob, ticket):
    answer = as_user(bob).post(url(ticket, "approve"), {})

    assert answer.status_code == 200
    assert '<details id="approve" open' in answer.text
    assert "This field is required." in answer.text
    assert fresh(ticket).status == "pending_approval"


def test_who_opened_it_is_refused_in_words(as_user, alice, bob, ticket):
    alice.groups.set(bob.groups.all())

    answer = as_user(alice).post(url(ticket, "approve"), ON_TICKET["approve"])

    assert said(answer) == [f"{ticket.reference}: was opened by you: a second person has to approve it."]
    assert fresh(ticket).status == "pending_approval"


@pytest.mark.parametrize(
    ("verb", "status"), [("deny", "denied"), ("cancel", "cancelled"), ("hold", "pending_approval")]
)
def test_a_decision_takes_one_click_and_a_reason(as_user, bob, ticket, verb, status):
    answer = as_user(bob).post(url(ticket, verb), ON_TICKET[verb])

    assert answer.url == url(ticket, "change")
    assert fresh(ticket).status == status
    assert ON_TICKET[verb]["text"] in as_user(bob).get(answer.url).text


def test_identity_is_verified_with_its_basis(as_user, alice, opened):
    ticket = opened(basis="asked")

    as_user(alice).post(url(ticket, "verify"), {"basis": "document"})

    assert (fresh(ticket).status, fresh(ticket).identity_verified_by) == ("pending_approval", alice)


def test_a_duplicate_is_linked_and_comes_back(as_user, alice, ticket, opened):
    client, other = as_user(alice), opened()

    client.post(url(other, "duplicate"), {"cover": ticket.reference.lower()})
    assert (fresh(other).status, fresh(other).cover) == ("duplicate", ticket)

    client.post(url(other, "undo-duplicate"))
    assert fresh(other).status == "pending_approval"


def test_an_unknown_cover_is_refused_in_place(as_user, alice, ticket):
    answer = as_user(alice).post(url(ticket, "duplicate"), {"cover": "DEL-1999-000001"})

    assert "There is no such ticket." in answer.text


def test_a_rejected_address_is_corrected_in_a_linked_ticket(as_user, alice, rejected):
    form = {"email": "anna@example.org", "identity_basis": "elsewhere"}

    answer = as_user(alice).post(url(rejected.ticket, "correct", rejected.pk), form)

    successor = DeletionTicket.objects.get(predecessor=rejected.ticket)
    rejected.refresh_from_db()
    assert answer.url == url(successor, "change")
    assert identifiers_of(successor) == {"email": "anna@example.org"}
    assert successor.received_at == rejected.ticket.received_at
    assert rejected.attention == "corrected"
    assert said(answer) == [f"{successor.reference} is open in place of {rejected.ticket.reference}, with its dates."]


def test_a_correction_needs_a_usable_value_and_repeats_none(as_user, alice, rejected):
    address = url(rejected.ticket, "correct", rejected.pk)

    empty = as_user(alice).post(address, {"identity_basis": "elsewhere"})
    wrong = as_user(alice).post(address, {"email": "no address", "identity_basis": "elsewhere"})

    assert "This field is required." in empty.text
    assert "An e-mail address has one @" in wrong.text
    assert DeletionTicket.objects.count() == 1


def test_a_closed_ticket_is_reopened_as_it_was(as_user, alice, bob, ticket):
    as_user(bob).post(url(ticket, "deny"), ON_TICKET["deny"])

    as_user(alice).post(url(ticket, "reopen"), {"identity_basis": "answered"})

    successor = DeletionTicket.objects.get(predecessor=ticket)
    assert identifiers_of(successor) == identifiers_of(ticket)
    assert successor.identity_basis == "answered"


def test_done_by_hand_takes_two_people(as_user, alice, bob, rejected):
    record, confirm = (url(rejected.ticket, verb, rejected.pk) for verb in ("by-hand", "confirm-by-hand"))
    as_user(alice).post(record, ON_ERASURE["by-hand"])
    assert "Deleted in Bento&#x27;s page at noon." in as_user(bob).get(url(rejected.ticket, "change")).text

    as_user(bob).post(confirm)

    rejected.refresh_from_db()
    assert (rejected.status, rejected.manual_by, rejected.closed_by) == ("manual", alice, bob)


@pytest.mark.parametrize(("verb", "status"), [("close", "rejected"), ("exempt", "exempt")])
def test_a_422_ends_with_one_click_and_a_reason(as_user, bob, rejected, verb, status):
    as_user(bob).post(url(rejected.ticket, verb, rejected.pk), ON_ERASURE[verb])

    rejected.refresh_from_db()
    assert (rejected.status, rejected.closed_by) == (status, bob)


def test_an_act_that_no_longer_fits_is_a_clear_message(as_user, bob, rejected):
    answer = as_user(bob).post(url(rejected.ticket, "retry", rejected.pk))

    assert said(answer) == ["Only an erasure without a final answer can be tried again."]


@pytest.mark.parametrize("verb", ON_TICKET)
@pytest.mark.parametrize("person", ["carol", "olga"])
def test_those_who_only_read_act_on_no_ticket(as_user, request, ticket, verb, person):
    user = request.getfixturevalue(person)
    events = AuditEvent.objects.count()

    answer = as_user(user).post(url(ticket, verb), ON_TICKET[verb])

    assert answer.status_code == 403
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("verb", ON_ERASURE)
def test_those_who_only_read_act_on_no_erasure(as_user, carol, rejected, verb):
    events = AuditEvent.objects.count()

    answer = as_user(carol).post(url(rejected.ticket, verb, rejected.pk), ON_ERASURE[verb])

    assert answer.status_code == 403
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("verb", ["approve", "deny", "release"])
def test_support_may_not_decide(as_user, alice, ticket, verb):
    assert as_user(alice).post(url(ticket, verb), ON_TICKET[verb]).status_code == 403


@pytest.mark.parametrize("verb", [*ON_TICKET, "reopen", "duplicate"])
def test_no_act_on_a_ticket_happens_by_get(as_user, bob, ticket, verb):
    assert as_user(bob).get(url(ticket, verb)).status_code == 405


def test_acts_need_a_token(as_user, bob, ticket):
    client = as_user(bob)
    client.handler.enforce_csrf_checks = True

    assert client.post(url(ticket, "approve"), ON_TICKET["approve"]).status_code == 403
    assert fresh(ticket).status == "pending_approval"


def test_an_erasure_of_another_ticket_is_not_found(as_user, bob, rejected, opened):
    other = opened("bea@example.org")

    assert as_user(bob).post(url(other, "close", rejected.pk), ON_ERASURE["close"]).status_code == 404
    assert Erasure.objects.get(pk=rejected.pk).closed_at is None


def test_declining_the_list_is_told_on_the_page(as_user, bob, ticket):
    client = as_user(bob)
    asked = client.get(url(ticket, "change")).text

    client.post(url(ticket, "approve"), {"sources_paused": "paused", "not_suppressed": "shared"})

    page = client.get(url(ticket, "change")).text
    assert "Block the identifiers for marketing and re-import?" in asked
    assert "Kept off the suppression list at approval." in page
    assert "not suppressed: The address belongs to others too" in page
