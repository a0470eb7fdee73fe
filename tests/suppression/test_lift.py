"""A block ends by a person's decision, with a reason and sealed evidence; the entry stays as history."""

import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.privacy.digests import digests_of_sha256
from apps.privacy.identifiers import InvalidIdentifier
from apps.privacy.vault import Shredded
from apps.suppression.models import SuppressionEntry
from apps.suppression.selectors import blocks
from apps.suppression.services import NothingToLift, UnfoundedLift, UnknownList, lift, lift_identifier, open_evidence
from apps.tickets.services.shredding import shred_due
from tests.constants import NOW
from tests.suppression.builders import JANE, WORKER, block, only_entry

WORDS = "She signed up again on 3 May and wrote so."

pytestmark = pytest.mark.django_db


def lift_jane(by: Actor = WORKER, **changes) -> list[int]:
    said = {"reason": "came_back", "evidence": WORDS} | changes
    return lift_identifier("email", " Jane@Example.com", **said, by=by, at=NOW)


def lifted_entry() -> SuppressionEntry:
    return SuppressionEntry.objects.exclude(lifted_at=None).get()


def page_of(entry: SuppressionEntry) -> str:
    return reverse("admin:suppression_suppressionentry_change", args=[entry.pk])


def test_every_list_lets_go_and_the_entries_stay(olga):
    block(JANE, list_name="erased")
    block(JANE, list_name="old", reference="DEL-2")

    lifted = lift_jane(Actor.page(olga))

    assert blocks("email", JANE, NOW) == []
    assert lifted == list(SuppressionEntry.objects.order_by("pk").values_list("pk", flat=True))
    assert set(SuppressionEntry.objects.values_list("lift_reason", "lifted_by")) == {("came_back", olga.pk)}


def test_one_list_can_be_named():
    block(JANE, list_name="erased")
    block(JANE, list_name="old", reference="DEL-2")

    lift_jane(list_name="old")

    assert [found.list_name for found in blocks("email", JANE, NOW)] == ["erased"]


def test_an_entry_of_a_sha256_list_is_lifted_by_its_address():
    block(JANE)
    (weak,) = digests_of_sha256(hashlib.sha256(JANE.encode()).hexdigest())
    SuppressionEntry.objects.update(kind="email_sha256", digest=weak.value)

    assert lift_jane() == [only_entry().pk]


def test_the_evidence_is_sealed_and_the_ledger_keeps_a_digest_of_the_sealed_bytes():
    block(JANE)

    lift_jane()

    entry, facts = only_entry(), AuditEvent.objects.last().entry["facts"]
    assert WORDS.encode() not in bytes(entry.lift_evidence)
    assert facts == {
        "entry": entry.pk,
        "kind": "email",
        "reason": "came_back",
        "sealed_sha256": hashlib.sha256(bytes(entry.lift_evidence)).hexdigest(),
    }


def test_reading_the_evidence_is_an_event(carol):
    block(JANE)
    lift_jane()

    assert open_evidence(only_entry(), by=Actor.page(carol), at=NOW) == WORDS

    event = AuditEvent.objects.last()
    assert (event.action, event.actor, event.subject) == ("suppression.evidence_viewed", "carol", "list/erased")


def test_the_evidence_is_destroyed_after_two_years_and_the_lift_stays(client, carol):
    block(JANE, "bob@example.org")
    lift_jane()
    shred_due(at=NOW + timedelta(days=729))
    assert open_evidence(lifted_entry(), by=Actor.page(carol), at=NOW) == WORDS

    assert shred_due(at=NOW + timedelta(days=730)) == 1

    entry, event = lifted_entry(), AuditEvent.objects.last()
    assert (entry.lift_evidence, entry.lift_key.wrapped, entry.lift_reason) == (None, None, "came_back")
    assert (event.action, event.subject, event.entry["facts"]) == (
        *("suppression.evidence_shredded", "list/erased"),
        {"entry": entry.pk},
    )
    assert shred_due(at=NOW + timedelta(days=731)) == 0
    with pytest.raises(Shredded):
        open_evidence(entry, by=Actor.page(carol), at=NOW)
    client.force_login(carol)
    assert "was destroyed after two years" in client.get(page_of(entry)).text


def test_there_must_be_something_to_lift():
    block("joe@example.com")

    with pytest.raises(NothingToLift):
        lift_jane()
    with pytest.raises(UnknownList):
        lift_identifier(
            "email", "joe@example.com", reason="came_back", evidence=WORDS, by=WORKER, at=NOW, list_name="x"
        )
    assert blocks("email", "joe@example.com", NOW)


@pytest.mark.parametrize("changes", [{"evidence": " "}, {"reason": "sources_withdrawn"}, {"reason": "mood"}])
def test_a_lift_has_a_persons_reason_and_evidence(changes):
    block(JANE)

    with pytest.raises(UnfoundedLift):
        lift_jane(**changes)
    assert only_entry().is_live


def test_what_is_no_address_is_refused():
    with pytest.raises(InvalidIdentifier):
        lift_identifier("email", "nonsense", reason="came_back", evidence=WORDS, by=WORKER, at=NOW)


def test_lifting_and_reading_need_a_right(alice):
    block(JANE)
    with pytest.raises(NotAllowed):
        lift_jane(Actor.page(alice))
    lift_jane()
    with pytest.raises(NotAllowed):
        open_evidence(only_entry(), by=Actor.page(alice), at=NOW)


def test_the_page_opens_the_evidence_for_those_who_may(client, alice, carol):
    block(JANE)
    lift_jane()
    evidence = reverse("admin:suppression_evidence", args=[only_entry().pk])

    client.force_login(carol)
    assert WORDS not in client.get(page_of(only_entry())).text
    assert WORDS in client.post(evidence).text
    client.force_login(alice)
    assert "Open the evidence" not in client.get(page_of(only_entry())).text
    assert client.post(evidence).status_code == 403


def test_a_lift_whose_evidence_lies_elsewhere_has_none_to_open(carol):
    block(JANE)
    lift(only_entry(), reason="came_back", by=WORKER, at=NOW)

    assert open_evidence(only_entry(), by=Actor.page(carol), at=NOW) == ""
    assert AuditEvent.objects.last().action == "suppression.lifted"
