"""Profiles that share an address, as the approver meets them on the page."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.tickets.models import DeletionTicket, Erasure
from tests.tickets.builders import Clock, accounts, open_one, work

MARGARET = "margaret@example.com"  # 2001, 2002 and one without a customer id
pytestmark = pytest.mark.django_db


def url(ticket: DeletionTicket, verb: str, *more: int) -> str:
    return reverse(f"admin:tickets_deletionticket_{verb}", args=[ticket.pk, *more])


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.fixture
def shared(sandbox, alice, now) -> Erasure:
    """A ticket at Blueshift whose look found three profiles, one with a note about abuse."""
    accounts(sandbox, "blueshift", abuse_fields="abuse_note")
    sandbox.add("blueshift", MARGARET, customer_id="2003", attributes={"abuse_note": "Chargeback, case 4711"})
    ticket = open_one(MARGARET, opened_by=alice, at=now)
    work(Clock(now))
    return Erasure.objects.select_related("before").get(ticket=ticket)


def answer_for(shared: Erasure, **said: object) -> dict[str, object]:
    return {"snapshot": shared.before_id, **said}


def test_the_card_says_that_a_choice_is_open_and_shows_no_customer_id(as_user, bob, shared):
    page = as_user(bob).get(url(shared.ticket, "change")).text

    assert "These profiles carry 3 different customer ids" in page
    assert "2•••" in page
    assert "2001" not in page
    assert shared.before.vendor_uuids[0][:8] in page
    assert "1 profile without a customer id cannot be singled out" in page
    assert "Searched as typed." in page
    assert "snapshot.viewed" not in AuditEvent.objects.values_list("action", flat=True)


def test_notes_about_abuse_are_named_and_not_read_out(as_user, bob, shared):
    page = as_user(bob).get(url(shared.ticket, "change")).text

    assert "Abuse notes: kept in the snapshot (abuse_note)." in page
    assert "Chargeback" not in page


def test_support_sees_the_question_without_the_button(as_user, carol, shared):
    page = as_user(carol).get(url(shared.ticket, "change")).text

    assert "These profiles carry 3 different customer ids" in page
    assert url(shared.ticket, "choose", shared.pk) not in page


def test_approving_first_is_refused_in_words(as_user, bob, shared):
    answer = as_user(bob).post(url(shared.ticket, "approve"), {"sources_paused": "paused"})

    assert "choose on its page whose are erased" in said(answer)[0]
    assert DeletionTicket.objects.get().status == "pending_approval"


def test_ticked_profiles_are_chosen_and_the_rest_is_said_to_stay(as_user, bob, shared):
    ticked = shared.before.vendor_uuids[1]

    answer = as_user(bob).post(
        url(shared.ticket, "choose", shared.pk), answer_for(shared, choice="ticked", uuids=[ticked])
    )
    page = as_user(bob).get(url(shared.ticket, "change")).text
    approved = as_user(bob).post(url(shared.ticket, "approve"), {"sources_paused": "paused"})

    shared.refresh_from_db()
    assert said(answer) == ["Chosen. Only these profiles are asked for."]
    assert (shared.choice, shared.chosen_uuids, shared.chosen_by) == ("ticked", [ticked], bob)
    assert "1 profile ticked for erasure; 3 profiles left alone, never asked for. Chosen by bob." in page
    assert said(approved)[-1] == "Approved."


def test_all_of_them_need_a_reason(as_user, bob, shared):
    address = url(shared.ticket, "choose", shared.pk)

    empty = as_user(bob).post(address, answer_for(shared, choice="all"))
    as_user(bob).post(address, answer_for(shared, choice="all", text="They named all three numbers."))

    shared.refresh_from_db()
    assert "Write how it is known" in empty.text
    assert (shared.choice, shared.requests_needed) == ("all", 1)
    assert "They named all three numbers." in as_user(bob).get(url(shared.ticket, "change")).text


def test_nothing_ticked_and_nothing_chosen_ask_again(as_user, bob, shared):
    address = url(shared.ticket, "choose", shared.pk)

    assert "Tick at least one profile." in as_user(bob).post(address, answer_for(shared, choice="ticked")).text
    assert "This field is required." in as_user(bob).post(address, answer_for(shared)).text


def test_a_snapshot_that_was_replaced_is_read_first(as_user, bob, shared):
    form = {"snapshot": shared.before_id + 1, "choice": "all", "text": "All of them."}

    answer = as_user(bob).post(url(shared.ticket, "choose", shared.pk), form)

    assert said(answer) == ["The vendor was looked at again meanwhile. Read what was found now, then choose."]


def test_support_may_not_choose(as_user, alice, shared):
    form = answer_for(shared, choice="all", text="All of them.")

    assert as_user(alice).post(url(shared.ticket, "choose", shared.pk), form).status_code == 403


def test_a_bulk_says_which_tickets_stay_behind(as_user, bob, shared):
    chosen = {"action": "approve", "index": "0", "_selected_action": [shared.ticket_id]}

    page = as_user(bob).post(reverse("admin:tickets_deletionticket_changelist"), chosen).text

    link = f'<a href="{url(shared.ticket, "change")}">{shared.ticket.reference}</a>'
    assert f"{link}: 3 different customer ids under one address at blueshift" in page
    assert "<dt>You can approve</dt><dd>0 of 1</dd>" in page
    assert "deletion at Blueshift" not in page


def test_a_bulk_counts_what_it_can_approve_and_no_cost_of_the_rest(as_user, alice, bob, shared, now):
    other = open_one("donald@example.com", opened_by=alice, at=now)
    work(Clock(now))
    chosen = {"action": "approve", "index": "0", "_selected_action": [shared.ticket_id, other.pk]}

    page = as_user(bob).post(reverse("admin:tickets_deletionticket_changelist"), chosen).text

    assert "<dt>You can approve</dt><dd>1 of 2</dd>" in page
    assert "1 deletion at Blueshift (blueshift)" in page
    assert "Looked up 1, found 1" in page


def test_profiles_with_the_same_mask_are_told_apart_and_lead_to_the_snapshot(as_user, bob, shared):
    page = as_user(bob).get(url(shared.ticket, "change")).text

    first, second = shared.before.vendor_uuids[0], shared.before.vendor_uuids[1]
    assert f"Record 1: customer 1 (2•••), id {first[:8]}…{first[-4:]}, since " in page
    assert f"Record 2: customer 2 (2•••), id {second[:8]}…{second[-4:]}, since " in page
    assert "0 tags" in page
    assert reverse("admin:audit_auditsnapshot_change", args=[shared.before_id]) in page
    assert "2001" not in page
