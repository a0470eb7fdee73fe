"""POST /tickets and GET /tickets/{reference}: opened once, by the client, approved by a person, told without a name."""

import base64

import pytest

from apps.api.models import IntakeKey
from apps.api.services.intake import KEPT
from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.suppression.services.blocking import suppress
from apps.tickets.models import DeletionTicket
from apps.tickets.services.approving import approve
from tests.constants import NOW
from tests.tickets.desk import actions, approved_by, opened_by, sync

ANN = {"identifiers": {"email": "Ann@Example.org", "customer_id": "c-1"}}


@pytest.fixture
def accounts(db) -> None:
    sync()


def only_ticket() -> DeletionTicket:
    return DeletionTicket.objects.get()


def test_a_ticket_is_opened_by_the_client_and_waits_for_identity(call, accounts, service_user):
    answer = call("/tickets", ANN, key="first")

    ticket = only_ticket()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/tickets/{ticket.reference}"
    assert answer.json() == {
        "reference": ticket.reference,
        "status": "awaiting_identity",
        "status_words": "Waiting for identity",
        "received_at": answer.json()["received_at"],
        "due_at": answer.json()["due_at"],
        "suppressed": False,
    }
    assert (ticket.opened_by, ticket.channel, ticket.identity_verified_by) == (service_user, "api", None)
    assert AuditEvent.objects.get(action="ticket.opened").entry["via"] == "api"


@pytest.mark.parametrize("identifiers", [ANN["identifiers"], {"customer_id": "c-1", "cookie": "x"}])
def test_a_ticket_for_somebody_suppressed_is_opened_and_says_so(call, accounts, identifiers):
    people = [("email", "ann@example.org"), ("customer_id", "c-1")]
    suppress(people, list_name="erased", source_kind="staff", reference="objected", by=Actor.command(), at=NOW)

    answers = [call("/tickets", {"identifiers": identifiers}, key="first") for _ in range(2)]

    assert [(answer.status_code, answer.json()["suppressed"]) for answer in answers] == [(201, True), (200, True)]


def test_a_token_that_may_not_check_is_not_told_who_is_suppressed(call, accounts, issue):
    answer = call("/tickets", ANN, key="first", token=issue("intake", "read", "lift").text)

    assert answer.status_code == 201
    assert "suppressed" not in answer.json()


def test_what_is_known_is_kept(call, accounts, service_user):
    wish = {
        "regime": "ccpa",
        "received_at": "2026-05-01T09:30:00+02:00",
        "requested_at": "2026-04-30T00:00:00Z",
        "identity_basis": "logged_in",
        "external_ref": "ZD-4711",
        "urgent": True,
        "country": "US",
        "language": "en-US",
        "note": "Called twice.",
    }

    answer = call("/tickets", ANN | wish, key="first")

    ticket = only_ticket()
    assert answer.json()["status"] == "pending_approval"
    assert answer.json()["received_at"] == "2026-05-01T07:30:00Z"
    assert answer.json()["due_at"] == "2026-06-15T07:30:00Z"
    assert (ticket.regime, ticket.external_ref, ticket.urgent) == ("ccpa", "ZD-4711", True)
    assert ticket.identity_verified_by == service_user


def test_a_repeated_call_opens_nothing(call, accounts):
    first = call("/tickets", ANN, key="first")

    second = call("/tickets", {"identifiers": dict(reversed(ANN["identifiers"].items()))}, key="first")

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert second.headers["Location"] == first.headers["Location"]
    assert actions(only_ticket().reference) == ["ticket.opened"]


def test_a_key_belongs_to_its_request(call, accounts):
    first = call("/tickets", ANN, key="first")

    answer = call("/tickets", {"identifiers": {"email": "bob@example.org"}}, key="first")

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/v1/docs#key-reused")
    assert first.json()["reference"] in answer.json()["detail"]
    assert DeletionTicket.objects.count() == 1


NEW = "p2:" + base64.b64encode(b"2" * 32).decode()


def test_a_repeated_call_opens_nothing_after_the_keys_were_renewed(call, accounts, settings):
    first = call("/tickets", ANN, key="first")
    settings.SECRET_KEY = "another" * 10
    settings.DIGEST_PEPPERS = f"{NEW},{settings.DIGEST_PEPPERS}"

    second = call("/tickets", ANN, key="first")
    other = call("/tickets", {"identifiers": {"email": "bob@example.org"}}, key="first")

    assert [answer.status_code for answer in (first, second, other)] == [201, 200, 409]
    assert second.json()["reference"] == first.json()["reference"]


def test_another_key_is_another_request(call, accounts):
    call("/tickets", ANN, key="first")

    assert call("/tickets", ANN, key="second").status_code == 201


def test_a_key_is_forgotten_in_the_end(call, accounts):
    call("/tickets", ANN, key="first")
    kept = IntakeKey.objects.get()
    IntakeKey.objects.update(created_at=kept.created_at - KEPT)

    assert call("/tickets", ANN, key="first").status_code == 201
    assert IntakeKey.objects.count() == 1


def test_a_refused_request_keeps_no_key(call, accounts):
    future = ANN | {"received_at": "2999-01-01T00:00:00Z"}

    refused = call("/tickets", future, key="first")

    assert (refused.status_code, refused.json()["detail"]) == (422, "The date of receipt lies in the future.")
    assert call("/tickets", ANN, key="first").status_code == 201


def test_nothing_that_was_sent_lies_in_clear(call, accounts):
    call("/tickets", ANN, key="ann@example.org")

    assert "example.org" not in str(IntakeKey.objects.values().get()).lower()


@pytest.mark.parametrize(
    ("body", "key", "where"),
    [
        (ANN, "", "Idempotency-Key"),
        (ANN, "two words", "Idempotency-Key"),
        ({"identifiers": {"email": "nobody"}}, "k", "identifiers.email"),
        ({"identifiers": {"cookie": "  "}}, "k", "identifiers.cookie"),
        (ANN | {"received_at": "2026-05-01"}, "k", "received_at"),
        (ANN | {"received_at": "2026-05-01T10:00:00"}, "k", "received_at"),
        (ANN | {"received_at": "2026-02-30T10:00:00Z"}, "k", "received_at"),
        (ANN | {"received_at": "0001-01-01T00:00:00+14:00"}, "k", "received_at"),
        (ANN | {"external_ref": "ann@example.org"}, "k", "external_ref"),
        (ANN | {"identity_basis": "reimported"}, "k", "identity_basis"),
        (ANN | {"urgent": "yes"}, "k", "urgent"),
        (ANN | {"status": "approved"}, "k", "body"),
    ],
)
def test_what_is_not_as_documented_opens_nothing(call, accounts, body, key, where):
    answer = call("/tickets", body, key=key)

    assert (answer.status_code, [fault["where"] for fault in answer.json()["errors"]]) == (422, [where])
    assert not DeletionTicket.objects.exists()


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59-23:59",
        "2026-11-21T23:59:59+99:99",
        "2026-11-21T24:61:00Z",
        "2026-05-01",
        "2026-05-01T10:00:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_moment_that_is_none_is_told_in_our_words(call, accounts, moment):
    answer = call("/tickets", ANN | {"received_at": moment}, key="k")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"where": "received_at", "problem": "Write a moment such as 2026-11-21T09:30:00+01:00."}
    ]


@pytest.mark.parametrize("identifiers", [{}, {"email": "ann@-bad-.example"}])
def test_a_request_for_nobody_is_refused_without_repeating_it(call, accounts, identifiers):
    answer = call("/tickets", {"identifiers": identifiers}, key="first")

    assert (answer.status_code, answer.json()["type"]) == (422, "/api/v1/docs#refused")
    assert "-bad-" not in answer.text


def test_any_approver_may_approve_it_and_the_client_may_not(call, accounts, bob, shop):
    call("/tickets", ANN | {"identity_basis": "elsewhere"}, key="first")
    every_right = Actor.api(shop.user, rights=frozenset({"tickets.add_deletionticket", "tickets.view_deletionticket"}))

    with pytest.raises(NotAllowed):
        approve(DeletionTicket.objects.all(), sources_paused="paused", by=every_right, at=NOW)
    refusals = approved_by(bob, only_ticket())

    assert refusals == []
    assert only_ticket().status == "approved"


def test_even_with_the_right_the_service_user_cannot_approve_its_own(call, accounts, shop):
    call("/tickets", ANN | {"identity_basis": "elsewhere"}, key="first")
    with_it = Actor.api(shop.user, rights=frozenset({"tickets.approve_deletionticket"}))

    refusals = approve(DeletionTicket.objects.all(), sources_paused="paused", by=with_it, at=NOW)

    assert len(refusals) == 1
    assert only_ticket().status == "pending_approval"


def test_the_state_is_told_in_both_languages(call, accounts, django_assert_max_num_queries):
    reference = call("/tickets", ANN, key="first").json()["reference"]

    with django_assert_max_num_queries(4):
        answer = call(f"/tickets/{reference}")

    state = answer.json()
    assert answer.status_code == 200
    assert (state["status"], state["opendsr_status"], state["resolution"]) == ("awaiting_identity", "pending", "")
    assert [(row["account"], row["kind"], row["status"]) for row in state["erasures"]] == [
        ("bento", "customer_id", "not_applicable"),
        ("bento", "email", "queued"),
        ("blueshift", "customer_id", "queued"),
        ("blueshift", "email", "queued"),
    ]
    assert state["erasures"][1]["words"] == "Nothing has reached the vendor yet."
    assert "example.org" not in answer.text.lower()


def test_the_ticket_of_somebody_else_is_not_told(call, accounts, alice):
    theirs = opened_by(alice).reference

    answers = [call(f"/tickets/{reference}") for reference in (theirs, "DEL-2026-999999")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_an_odd_reference_is_told_as_such(call, accounts):
    assert call("/tickets/ann%40example.org").status_code == 422


def test_intake_and_reading_are_scopes_of_their_own(call, accounts, issue):
    reader, opener = issue("read").text, issue("intake").text

    assert call("/tickets", ANN, key="first", token=reader).status_code == 403
    reference = call("/tickets", ANN, key="first", token=opener).json()["reference"]
    assert call(f"/tickets/{reference}", token=opener).status_code == 403
    assert call(f"/tickets/{reference}", token=reader).status_code == 200
