"""The whole story of one ticket as a file: sealed contents, the vendors' words, the difference, the ledger."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent, AuditSnapshot
from apps.audit.services import shred_snapshots
from apps.privacy.vault import shred
from apps.reports import services
from apps.reports.choices import MADE_AGAIN
from apps.reports.concealing import conceal
from apps.tickets.models import Attempt, DeletionTicket
from apps.tickets.services.choosing import choose_profiles
from apps.vendors.services.accounts import resume
from tests.constants import NOW
from tests.tickets.builders import Clock, accounts, approve_one, erasure_of, open_one, work

MARGARET = "margaret@example.com"  # 2001, 2002 and one without a customer id, at Blueshift
ALAN = "alan@example.com"  # unsubscribed at Bento since 2023, 1002 at Blueshift


@pytest.fixture
def erased(sandbox, alice, bob) -> Callable[..., DeletionTicket]:
    """Erase somebody at both vendors and prove it."""

    def make(email: str = ALAN, *, snapshot: str = "minimal", **wish) -> DeletionTicket:
        clock = Clock()
        accounts(sandbox, verify_after="1s", snapshot=snapshot)
        ticket = open_one(email, opened_by=alice, **wish)
        work(clock)
        approve_one(ticket, approved_by=bob)
        work(clock)
        clock.advance(seconds=2)
        work(clock)
        return DeletionTicket.objects.get(pk=ticket.pk)

    return make


def story(ticket, by, *, with_identifiers: bool = False) -> dict:
    made = services.reconstruct(ticket, with_identifiers=with_identifiers, by=Actor.page(by), at=NOW)
    return json.loads(made)


def url(ticket) -> str:
    return reverse("admin:tickets_deletionticket_reconstruction", args=[ticket.pk])


def test_it_tells_what_was_held_what_was_said_what_remains_and_who_did_it(erased, carol):
    told = story(erased(), carol)

    bento = next(each for each in told["erasures"] if each["account"] == "bento")
    held = bento["before"]["contents"]["profiles"][0]
    assert held["unsubscribed_at"].startswith("2023")
    assert (bento["attempts"][0]["http_status"], bento["attempts"][0]["outcome"]) == (202, "accepted")
    assert bento["attempts"][0]["words"]
    assert bento["attempts"][0]["meaning"] == "Queued for anonymization at Bento. Not yet proof."
    assert bento["difference"]["unsubscribed"]["held"] is True
    assert bento["difference"]["fields"]["gone"]
    assert bento["after"]["contents"]["profiles"][0]["personal"] is False
    assert (told["ticket"]["opened_by"], told["ticket"]["approved_by"]) == ("alice", "bob")


def test_its_ledger_is_the_tickets_own_and_ends_with_itself(erased, carol):
    ticket = erased()

    told = story(ticket, carol)

    stored = AuditEvent.objects.filter(root=ticket.reference).order_by("seq")
    assert [(each["seq"], each["action"]) for each in told["ledger"]] == list(stored.values_list("seq", "action"))
    assert [each["action"] for each in told["ledger"]][-5:] == ["snapshot.viewed"] * 4 + ["ticket.reconstructed"]
    assert told["ledger"][-1]["facts"] == {"with_identifiers": False, "snapshots": 4}


def test_identifiers_are_masked_unless_they_were_asked_for(erased, carol):
    ticket = erased(identifiers={"email": ALAN, "customer_id": "1002"})

    masked, clear = story(ticket, carol), story(ticket, carol, with_identifiers=True)

    assert ALAN not in json.dumps(masked)
    assert '"1002"' not in json.dumps(masked)
    assert {each["value"] for each in clear["identifiers"]} == {ALAN, "1002"}
    assert clear["ledger"][-1]["facts"]["with_identifiers"] is True


def test_the_raw_answer_is_told_only_with_identifiers_in_clear(erased, carol):
    ticket = erased(snapshot="full")

    masked, clear = story(ticket, carol), story(ticket, carol, with_identifiers=True)

    assert all("raw" not in each["before"]["contents"] for each in masked["erasures"])
    assert all(each["before"]["contents"]["raw"] for each in clear["erasures"])


def test_shredded_contents_say_so_and_keep_their_digest(erased, carol):
    ticket = erased()
    shred_snapshots(AuditSnapshot.objects.all(), by=Actor.worker(), at=NOW)

    before = story(ticket, carol)["erasures"][0]["before"]

    assert before["contents"] is None
    assert "destroyed" in before["note"]
    assert len(before["answer_sha256"]) == 64
    assert before["vendor_uuids"]
    assert before["destroyed_at"]
    assert (before["unsubscribed"], before["profiles"]) == (None, None)


def test_a_redacted_ticket_still_has_a_story(erased, carol):
    ticket = erased()
    shred(ticket.key, at=NOW)
    ticket = DeletionTicket.objects.get(pk=ticket.pk)

    told = story(ticket, carol, with_identifiers=True)

    assert told["identifiers"][0]["value"] is None
    assert "Destroyed" in told["erasures"][0]["attempts"][0]["words"]


@pytest.fixture
def chosen(sandbox, alice, bob) -> Callable[..., DeletionTicket]:
    """Let bob choose among Margaret's three profiles at Blueshift, and send what he chose."""

    def make(*customer_ids: str, text: str = "") -> DeletionTicket:
        clock = Clock()
        accounts(sandbox, "blueshift")
        ticket = open_one(MARGARET, opened_by=alice)
        work(clock)
        erasure = erasure_of(ticket, "blueshift")
        people = sandbox.people(MARGARET)["blueshift"]
        ticked = [person["uuid"] for person in people if person["customer_id"] in customer_ids]
        options = {"choice": "ticked" if ticked else "all", "uuids": ticked, "text": text}
        choose_profiles(erasure, **options, snapshot=erasure.before_id, by=Actor.page(bob), at=clock())
        approve_one(ticket, approved_by=bob)
        work(clock)
        return DeletionTicket.objects.get(pk=ticket.pk)

    return make


def test_ticked_profiles_are_told_with_those_left_who_chose_and_what_each_request_was_for(chosen, carol):
    ticket = chosen("2001", "2002")

    [told] = story(ticket, carol)["erasures"]

    choice, uuids = told["choice"], told["before"]["vendor_uuids"]
    assert (choice["choice"], choice["chosen_by"], choice["reason"]) == ("ticked", "bob", "")
    assert choice["chosen_at"].startswith("2026-")
    assert sorted(choice["ticked"] + choice["left"]) == sorted(uuids)
    assert (len(choice["ticked"]), len(choice["left"])) == (2, 1)
    requests = [attempt["asked_for"] for attempt in told["attempts"]]
    assert [request["profile"] for request in requests] == [1, 2]
    assert sorted(request["vendor_uuids"][0] for request in requests) == sorted(choice["ticked"])


def test_a_choice_for_all_is_told_with_its_reason_and_no_address_in_it(chosen, carol):
    ticket = chosen(text=f"She wrote from {MARGARET} and named all numbers.")

    masked, clear = story(ticket, carol), story(ticket, carol, with_identifiers=True)

    choice = masked["erasures"][0]["choice"]
    assert (choice["choice"], choice["ticked"], choice["left"]) == ("all", [], [])
    assert choice["reason"] == "She wrote from m•••@e•••.com and named all numbers."
    assert MARGARET in clear["erasures"][0]["choice"]["reason"]
    assert masked["erasures"][0]["attempts"][0]["asked_for"]["profile"] is None


def test_a_request_before_another_choice_is_not_given_to_the_profiles_of_that(chosen, carol):
    ticket = chosen("2001")
    Attempt.objects.update(started_at=NOW - timedelta(hours=1))

    [told] = story(ticket, carol)["erasures"]

    assert told["attempts"][0]["asked_for"]["vendor_uuids"] is None
    assert "made again" in told["attempts"][0]["asked_for"]["note"]


def test_a_choice_that_a_look_forgot_is_not_told_as_unreadable(chosen, sandbox, olga, carol):
    sandbox.fault(vendor="blueshift", path="delet", status=401)
    ticket = chosen("2001")
    resume(erasure_of(ticket, "blueshift").account, by=Actor.page(olga), at=NOW)
    sandbox.add("blueshift", MARGARET, customer_id="2003")
    clock = Clock()
    clock.advance(hours=25)
    work(clock)
    assert erasure_of(ticket, "blueshift").choice == ""

    [told] = story(ticket, carol)["erasures"]

    [request] = [attempt["asked_for"] for attempt in told["attempts"]]
    assert (request["profile"], request["vendor_uuids"], request["note"]) == (1, None, MADE_AGAIN)


def test_no_choice_is_told_where_nobody_had_to_choose(erased, carol):
    assert [each["choice"] for each in story(erased(), carol)["erasures"]] == [None, None]


@pytest.mark.django_db
def test_it_takes_the_right_to_open_snapshots(alice):
    with pytest.raises(NotAllowed):
        story(DeletionTicket(reference="DEL-2026-000001"), alice)


def test_the_page_offers_it_to_those_who_may_and_the_file_has_the_reference_as_name(client, erased, carol, alice):
    ticket = erased()
    page = reverse("admin:tickets_deletionticket_change", args=[ticket.pk])
    client.force_login(alice)
    assert url(ticket) not in client.get(page).text
    assert client.post(url(ticket)).status_code == 403

    client.force_login(carol)
    assert url(ticket) in client.get(page).text
    answer = client.post(url(ticket), {"with_identifiers": "on"})

    assert answer["Content-Disposition"] == f'attachment; filename="{ticket.reference}.json"'
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    assert answer.json()["with_identifiers"] is True
    assert not LogEntry.objects.exists()


def test_it_takes_a_post_and_a_token(client, erased, carol):
    ticket = erased()
    client.force_login(carol)
    assert client.get(url(ticket)).status_code == 405

    client.handler.enforce_csrf_checks = True

    assert client.post(url(ticket)).status_code == 403
    assert not AuditEvent.objects.filter(action="ticket.reconstructed").exists()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("no visitor Ann+1@Example.org here", "no visitor A•••@E•••.org here"),
        ("?email=Ann%40example.org&x", "?email=A•••@e•••.org&x"),
        ('{"email":"ann\\u0040example.org"}', '{"email":"a•••@e•••.org"}'),
        ({"customer_id": 77, "plan": "pro"}, {"customer_id": "7•••", "plan": "pro"}),
        (["cookie abc-9", "abc-99", None, 3], ["cookie a•••", "abc-99", None, 3]),
    ],
)
def test_concealing_masks_identifiers_and_nothing_else(value, shown):
    assert conceal(value, {"email": "ann+1@example.org", "cookie": "abc-9"}) == shown
