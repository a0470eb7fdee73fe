"""The page of one ticket: what a stranger reads there, and what it must never show."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.findings import Findings, Profile
from apps.audit.models import AuditEvent
from apps.audit.services import seal_snapshot
from apps.privacy.vault import seal, shred
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.tickets.services import deciding, handling
from tests.tickets.builders import rotate_peppers
from tests.tickets.desk import only

ADDRESS = "ann@example.org"
EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'

pytestmark = pytest.mark.django_db


def url(ticket: DeletionTicket, name: str = "change") -> str:
    return reverse(f"admin:tickets_deletionticket_{name}", args=[ticket.pk])


def text_of(answer) -> str:
    """What is read on the page, without tags, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def attempted(erasure: Erasure, words: str, at, **fields) -> Attempt:
    attempt = Attempt(erasure=erasure, number=1, fence=1, started_at=at, answered_at=at, milliseconds=412, **fields)
    attempt.words = seal(erasure.ticket.key, words, name=attempt.words_name)
    attempt.save(force_insert=True)
    return attempt


def looked_at(erasure: Erasure, at, *, unsubscribed: bool | None = False) -> None:
    profile = Profile("u-1", None, ADDRESS, unsubscribed, None, (), {"first_name": "Ann"}, None, True)
    found = Findings((profile,), b"{}")
    snapshot = seal_snapshot(erasure.subject, moment="before", findings=found, by=Actor.worker(), at=at)
    Erasure.objects.filter(pk=erasure.pk).update(before=snapshot)


def test_it_says_what_happens_next_and_offers_the_acts_of_the_role(as_user, bob, ticket):
    page = text_of(as_user(bob).get(url(ticket)))

    assert "Waits for approval by somebody other than alice." in page
    assert "Approve" in page
    assert "Not looked at yet" in page
    assert "Are the upstream sources paused" in page


def test_who_opened_it_reads_why_there_is_no_approve(as_user, alice, bob, ticket):
    alice.groups.set(bob.groups.all())

    page = text_of(as_user(alice).get(url(ticket)))

    assert "You opened this ticket, so somebody else has to approve it." in page
    assert "Are the upstream sources paused" not in page


def test_it_shows_masked_identifiers_only_and_leaves_no_log_of_its_own(as_user, bob, ticket):
    answer = as_user(bob).get(url(ticket))

    assert ADDRESS not in answer.text
    assert "a•••@e•••.org" in answer.text
    assert f"<title>{ticket.reference}" in answer.text
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("words", ["They called twice.", EVIL])
def test_the_note_is_shown_escaped(as_user, carol, opened, words):
    page = as_user(carol).post(url(opened(note=words), "identifiers")).text

    assert "<script>alert" not in page
    assert words.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;") in page


def test_what_a_vendor_says_is_text_and_never_markup(as_user, bob, rejected, now):
    attempted(rejected, EVIL, now, outcome="rejected", http_status=422, request_id="req-1")

    answer = as_user(bob).get(url(rejected.ticket))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<img src=x" not in answer.text
    assert "{{7*7}}" in text_of(answer)


def test_a_red_card_says_code_meaning_next_step_and_every_attempt(as_user, bob, rejected, now):
    attempted(rejected, '{"error": "bad"}', now, outcome="rejected", http_status=422, request_id="req-1")

    page = text_of(as_user(bob).get(url(rejected.ticket)))

    assert "422 : Refused." in page
    assert "trying again unchanged would fail again" in page
    assert "1 attempt" in page
    assert "0.41 s" in page
    assert "req-1" in page
    assert all(label in page for label in ["Correct and reopen", "Done by hand", "Exempt", "Close as not erased"])


def test_an_accepted_request_is_never_called_proof(as_user, bob, rejected, now):
    erasure = Erasure.objects.get(account__name="blueshift")
    attempted(erasure, '{"status":"ok"}', now, outcome="accepted", http_status=200)

    page = text_of(as_user(bob).get(url(rejected.ticket)))

    assert "200 : Accepted by Blueshift. Not yet proof." in page
    assert "Accepted is not erased" in page


def test_an_unsubscribed_person_is_a_loud_warning_before_the_click(as_user, bob, ticket, now):
    looked_at(ticket.erasures.get(account__name="bento"), now, unsubscribed=True)

    page = text_of(as_user(bob).get(url(ticket)))

    assert "Found 1 profile" in page
    assert "This person has unsubscribed, and deletion loses that." in page


def test_only_those_with_the_right_can_open_a_snapshot(as_user, alice, bob, ticket, now):
    looked_at(ticket.erasures.get(account__name="bento"), now)
    contents = "/contents/"

    assert contents in as_user(bob).get(url(ticket)).text
    assert contents not in as_user(alice).get(url(ticket)).text


def test_identifiers_are_shown_once_by_post_and_recorded(as_user, alice, ticket):
    client = as_user(alice)

    shown = client.post(url(ticket, "identifiers"))

    assert ADDRESS in shown.text
    assert AuditEvent.objects.last().action == "ticket.identifiers_shown"
    assert ADDRESS not in client.get(url(ticket)).text
    assert client.get(url(ticket, "identifiers")).status_code == 405


@pytest.mark.parametrize("name", ["note", "original_request"])
def test_what_the_ticket_came_with_is_shown_with_the_identifiers_alone(as_user, alice, opened, name):
    ticket = opened(**{name: "Ann Lovelace asks to be erased."})
    client = as_user(alice)

    page = client.get(url(ticket)).text

    assert "Lovelace" not in page
    assert f"Show identifiers, {name.replace('_', ' ')} (recorded)" in page
    assert not AuditEvent.objects.filter(action="ticket.identifiers_shown").exists()

    shown = client.post(url(ticket, "identifiers")).text

    assert "Lovelace" in shown
    assert AuditEvent.objects.last().action == "ticket.identifiers_shown"
    assert "Lovelace" not in client.get(url(ticket)).text


def test_reasons_are_read_by_those_who_act_or_audit(as_user, alice, bob, carol, olga, rejected, now):
    handling.exempt(rejected, text="A tax audit of Ann.", by=Actor.page(bob), at=now)
    deciding.hold(only(rejected.ticket), text="A lawyer of Ann.", by=Actor.page(alice), at=now)

    for user, reads in [(alice, True), (bob, True), (carol, True), (olga, False)]:
        page = as_user(user).get(url(rejected.ticket)).text
        assert ("A tax audit" in page, "A lawyer" in page) == (reads, reads)


def test_a_redacted_ticket_says_so(as_user, bob, opened, now):
    ticket = opened(note="words")
    deciding.hold(only(ticket), text="A lawyer of Ann.", by=Actor.page(bob), at=now)
    shred(ticket.key, at=now)
    client = as_user(bob)

    assert "Destroyed together with the ticket" in client.get(url(ticket)).text
    assert "Nobody can read it any more" in client.post(url(ticket, "identifiers"), follow=True).text


def test_the_history_tells_the_ledger_in_words(as_user, bob, rejected):
    page = text_of(as_user(bob).get(url(rejected.ticket)))

    assert "Approved, sources paused: there is none" in page
    assert "Opened, identity: checked elsewhere" in page
    assert "Put on the suppression list" in page
    assert "is blocked on" in page


def test_a_linked_ticket_is_one_click_away(as_user, bob, ticket, opened):
    other = opened()

    page = as_user(bob).get(url(ticket)).text

    assert url(other) in page
    assert "same subject" in page


@pytest.mark.parametrize("shown", [0, 1])
def test_tickets_of_before_and_after_a_new_pepper_are_linked(as_user, bob, opened, settings, shown):
    older = opened()
    rotate_peppers(settings)
    two = [older, opened()]

    assert url(two[1 - shown]) in as_user(bob).get(url(two[shown])).text


def test_the_part_that_changes_ends_its_watch_when_nothing_goes_on(as_user, bob, ticket, now):
    client = as_user(bob)
    assert "X-Live" not in client.get(url(ticket, "live"))

    Erasure.objects.update(not_before=now + timedelta(hours=6))

    answer = client.get(url(ticket, "live"))
    assert answer["X-Live"] == "done"
    assert "<html" not in answer.text
    assert "data-live" not in client.get(url(ticket)).text


def test_an_odd_or_unknown_number_is_not_found(as_user, bob, ticket):
    client = as_user(bob)

    assert client.get("/admin/tickets/deletionticket/999/change/").status_code == 404
    assert client.get("/admin/tickets/deletionticket/abc/change/").status_code == 404
    assert client.post(url(ticket)).status_code == 405


def test_the_administrator_of_people_sees_no_ticket(client, ticket, django_user_model):
    adam = django_user_model.objects.create_user("adam", is_staff=True)
    client.force_login(adam)

    answers = [client.get(url(ticket)), client.get(url(ticket, "live")), client.post(url(ticket, "identifiers"))]

    assert [answer.status_code for answer in answers] == [403] * 3


def test_it_is_made_of_a_fixed_number_of_queries(as_user, bob, rejected, now, django_assert_max_num_queries):
    attempted(rejected, "no", now, outcome="rejected", http_status=422)
    client = as_user(bob)
    client.get(url(rejected.ticket))

    with django_assert_max_num_queries(18):
        client.get(url(rejected.ticket))
