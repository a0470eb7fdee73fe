"""The words for states, deadlines, spans and the ledger."""

import ast
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from apps.audit.chain import canonical
from apps.audit.models import AuditEvent, AuditSnapshot
from apps.tickets.deadlines import deadline
from apps.tickets.events import tell
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.moments import clock, count, exact, listed, seconds, span
from apps.tickets.standings import erasure_standing, ticket_standing
from apps.tickets.states import ErasureStatus, Resolution, TicketStatus
from tests.constants import NOW

TONES = {"good", "bad", "warn", "busy", "idle"}


@pytest.mark.parametrize("status", ErasureStatus)
def test_every_state_of_an_erasure_is_a_word_a_tone_and_a_sentence(status):
    standing = erasure_standing(Erasure(status=status), ticket_closed=False)

    assert standing.word
    assert standing.tone in TONES
    assert standing.sentence.endswith(".")


@pytest.mark.parametrize("status", TicketStatus)
def test_every_state_of_a_ticket_is_a_word(status):
    assert ticket_standing(status, Resolution.NOT_ERASED).tone in TONES


def test_a_completed_ticket_is_told_by_its_end():
    assert ticket_standing("completed", "not_erased").word == "Not erased"
    assert ticket_standing("completed", "erased_verified").tone == "good"


def test_what_waits_for_a_person_is_red_and_what_only_waits_is_amber():
    assert erasure_standing(Erasure(status="retry_wait", attention="out_of_tries"), ticket_closed=False).tone == "bad"
    assert erasure_standing(Erasure(status="rejected", attention="corrected"), ticket_closed=False).tone == "warn"


@pytest.mark.parametrize(
    ("attention", "word"), [("out_of_tries", "out of tries"), ("changed_since_approval", "waits for a person")]
)
def test_what_waits_for_a_person_promises_no_further_try(attention, word):
    standing = erasure_standing(Erasure(status="retry_wait", attention=attention), ticket_closed=False)

    assert (standing.word, standing.tone) == (word, "bad")
    assert "again" not in standing.sentence or "before somebody" in standing.sentence


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"attention": "out_of_tries"}, "Checked: needs a person, out of tries"),
        ({"attention": "out_of_tries", "outcome": "tls_failed"}, "No final answer: needs a person, out of tries"),
        ({"attention": ""}, "Checked: to be tried again"),
    ],
)
def test_the_history_promises_no_try_that_does_not_come(facts, words):
    assert tell(event("erasure.retry_wait", **facts)).text == words


def closed(status: str, **fields) -> str:
    return erasure_standing(Erasure(status=status, closed_at=NOW, **fields), ticket_closed=True).sentence


def test_the_end_of_an_erasure_promises_no_more_than_was_seen():
    held, empty = AuditSnapshot(profiles=1, vendor_uuids=["u-1"]), AuditSnapshot(profiles=0, vendor_uuids=[])

    assert "nothing proves it" in closed("accepted", waiver="no_lookup")
    assert closed("verified_absent", before=held, after=empty) == "A look after the request found nobody."
    assert "anonymized record" in closed("verified_absent", before=held, after=held)
    assert "another id" in closed("verified_absent", before=held, after=AuditSnapshot(vendor_uuids=["u-2"]))
    assert closed("not_found", before=empty, accepted_at=NOW).startswith("Nobody was found before the request")


def test_what_a_closed_ticket_left_unsent_says_so():
    assert erasure_standing(Erasure(status="queued"), ticket_closed=True).word == "not sent"


@pytest.mark.parametrize(
    ("due_in", "left", "tone"),
    [
        (timedelta(days=20), "20 days left", ""),
        (timedelta(days=7), "7 days left", "warn"),
        (timedelta(hours=5), "5 hours left", "warn"),
        (timedelta(days=-1), "1 day overdue", "bad"),
    ],
)
def test_a_deadline_counts_what_is_left(due_in, left, tone):
    due = deadline(DeletionTicket(status="approved", regime="gdpr", due_at=NOW + due_in), NOW)

    assert (due.left, due.tone) == (left, tone)


def test_a_closed_ticket_has_nothing_left():
    assert deadline(DeletionTicket(status="denied", regime="gdpr", due_at=NOW - timedelta(days=9)), NOW).left == ""


def test_a_target_that_no_law_sets_is_labelled():
    ticket = DeletionTicket(status="approved", regime="lgpd", due_at=NOW, received_assumed=True)

    assert deadline(ticket, NOW).notes == ("internal target", "receipt assumed")


def test_moments_are_local_and_as_short_as_they_can_be(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)

    assert clock(NOW, NOW) == "14:00"
    assert clock(late, NOW) == "2 Jun, 01:30"
    assert clock(NOW.replace(year=2027), NOW) == "1 Jun 2027, 14:00"
    assert exact(NOW) == "2026-06-01 14:00:00 CEST"


def test_spans_and_lists_read_like_speech():
    assert [span(timedelta(seconds=20)), span(timedelta(minutes=90))] == ["less than a minute", "1 hour"]
    assert [count(1, "ticket"), count(1200, "ticket")] == ["1 ticket", "1,200 tickets"]
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]
    assert [seconds(None), seconds(1234)] == ["", "1.23 s"]


def event(action: str, **facts: object) -> AuditEvent:
    body = canonical({"facts": facts, "via": "worker"})
    return AuditEvent(seq=1, at=NOW, action=action, subject="DEL-1/bento/customer_id", actor="console", body=body)


@pytest.mark.parametrize("status", TicketStatus)
def test_every_move_of_a_ticket_is_told_in_words(status):
    assert "ticket." not in tell(event(f"ticket.{status}")).text


def recorded() -> set[str]:
    """The actions that the code hands to the ledger by their full name."""
    actions = set()
    for path in settings.BASE_DIR.glob("apps/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"record", "record_all", "_change"}:
                actions |= {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
    return {text for text in actions if isinstance(text, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", text)}


def test_every_action_of_the_ledger_is_told_in_words():
    actions = recorded()

    assert len(actions) > 40
    assert {action for action in actions if tell(event(action)).text == action} == set()


def test_facts_are_told_with_their_labels():
    assert tell(event("ticket.denied", code="ccpa_exception")).text == "Denied, exception of the CCPA"
    assert tell(event("ticket.completed", resolution="not_erased")).tone == "warn"
    assert tell(event("erasure.closed", status="rejected", corrected_in="DEL-2")).text == "Closed, rejected, DEL-2"
    assert tell(event("attempt.started", number=2)).text == "Request sent, try 2"
    assert tell(event("attempt.started")).where == "bento, customer id"


def test_an_answer_and_a_look_are_told_apart():
    answered = tell(event("erasure.accepted", outcome="accepted", http_status=202)).text

    assert answered == "Accepted by the vendor, not yet proof, HTTP 202"
    assert tell(event("erasure.accepted")).text == "Checked without proof; to be checked again"


def test_an_unknown_action_and_a_broken_body_stay_readable():
    broken = event("ticket.opened")
    broken.body = b"{"

    assert tell(event("ticket.frozen")).text == "ticket.frozen"
    assert "cannot be read" in tell(broken).text
