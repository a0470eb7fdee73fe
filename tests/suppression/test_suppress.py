"""An identifier stands on a list once, for as long as anything supports it."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.audit.selectors import verify
from apps.privacy.digests import digest
from apps.privacy.identifiers import InvalidIdentifier
from apps.suppression.models import EntrySource, SuppressionEntry, SuppressionList
from apps.suppression.selectors import blocks, sources_of
from apps.suppression.services import AlreadyLifted, BadListName, check, lift, suppress, withdraw
from tests.constants import NOW
from tests.suppression.builders import JANE, WORKER, block, only_entry

LATER = NOW + timedelta(days=1)

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def blocked(address: str = JANE, at=NOW) -> list[str]:
    return [found.list_name for found in blocks("email", address, at)]


def test_an_address_is_blocked_in_every_spelling():
    block(" Jane@Example.COM ")

    assert blocked("jane@example.com") == ["erased"]
    assert blocked("JANE@EXAMPLE.COM\u200b") == ["erased"]
    assert blocked("jane+tag@example.com") == []


def test_the_row_holds_a_digest_and_a_mask():
    block(JANE)

    entry = only_entry()
    assert bytes(entry.digest) == digest("email", JANE).value
    assert entry.key_id == digest("email", JANE).key_id
    assert (entry.masked, str(entry)) == ("j•••@e•••.com", "j•••@e•••.com")


def test_the_answer_names_list_time_and_reason():
    block(JANE)

    (found,) = blocks("email", JANE, LATER)

    assert (found.list_name, found.list_title, found.since) == ("erased", "Erased", NOW)
    assert [(source.kind, source.reference, source.words) for source in found.sources] == [
        ("ticket", "DEL-1", "Ticket: DEL-1")
    ]


def test_one_event_tells_the_counts_and_no_address():
    block("known@example.com", reference="DEL-0")

    tally = block(JANE, "known@example.com", "jane@EXAMPLE.com")

    event = AuditEvent.objects.last()
    assert (tally.added, tally.known, tally.sources) == (1, 2, 2)
    assert (event.action, event.subject) == ("suppression.added", "DEL-1")
    assert event.entry["facts"] == {"list": "erased", "source": "ticket", "reference": "DEL-1", "added": 1, "known": 2}


def test_repeating_changes_nothing():
    block(JANE)
    before = list(SuppressionEntry.objects.values()), list(EntrySource.objects.values())

    tally = block(JANE, at=LATER)

    assert (tally.added, tally.known, tally.sources) == (0, 1, 0)
    assert (list(SuppressionEntry.objects.values()), list(EntrySource.objects.values())) == before
    assert actions() == ["suppression.added"]


def test_a_second_ticket_is_a_second_source_of_the_same_entry():
    block(JANE)
    block(JANE, reference="DEL-2", at=LATER)

    (found,) = blocks("email", JANE, LATER)
    assert [source.reference for source in found.sources] == ["DEL-1", "DEL-2"]
    assert found.since == NOW


def test_kinds_of_identifier_do_not_meet():
    suppress([("customer_id", "12")], list_name="erased", source_kind="ticket", reference="DEL-1", by=WORKER, at=NOW)

    assert blocks("customer_id", "12", NOW)
    assert not blocks("cookie", "12", NOW)


def test_several_lists_answer_oldest_first():
    block(JANE, list_name="legal-hold")
    block(JANE, list_name="erased", at=LATER)

    assert blocked(at=LATER) == ["legal-hold", "erased"]
    assert SuppressionList.objects.get(name="legal-hold").title == "Legal hold"


def test_more_than_one_chunk_lands_once():
    addresses = [f"person{number}@example.com" for number in range(1200)]

    tally = block(*addresses, *addresses)

    assert (tally.added, tally.known, tally.sources) == (1200, 1200, 1200)
    assert SuppressionEntry.objects.count() == 1200


def test_an_invalid_address_stops_all_of_it():
    with pytest.raises(InvalidIdentifier), transaction.atomic():
        block(JANE, "nonsense")

    assert not SuppressionEntry.objects.exists()
    assert not SuppressionList.objects.exists()


@pytest.mark.parametrize("name", ["", "Erased", "a b", "-x", "a" * 64, "jane@example.com", "ü"])
def test_a_list_needs_a_plain_name(name):
    with pytest.raises(BadListName), transaction.atomic():
        block(JANE, list_name=name)


def test_an_entry_made_with_an_older_pepper_is_recognised(settings):
    block(JANE)
    settings.DIGEST_PEPPERS = f"fresh:{base64.b64encode(b'f' * 32).decode()},{settings.DIGEST_PEPPERS}"

    tally = block(JANE, reference="DEL-2")
    block("joe@example.com")

    assert (tally.added, tally.known, tally.sources) == (0, 1, 1)
    assert blocked() == ["erased"]
    assert SuppressionEntry.objects.last().key_id == "fresh"


def test_an_expired_entry_blocks_no_more_until_it_is_added_again():
    block(JANE)
    SuppressionEntry.objects.update(expires_at=LATER)
    assert blocked(at=LATER) == []

    block(JANE, reference="DEL-2", at=LATER)

    assert blocked(at=LATER) == ["erased"]


def test_the_database_holds_one_live_entry_per_list():
    block(JANE)
    twin = only_entry()
    twin.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.parametrize("columns", [{"lifted_at": NOW}, {"lift_reason": "came_back"}])
def test_the_database_wants_time_and_reason_of_a_lift_together(columns):
    block(JANE)

    with pytest.raises(IntegrityError), transaction.atomic():
        SuppressionEntry.objects.update(**columns)


def test_withdrawing_the_last_source_lifts_the_entry():
    block(JANE)

    lifted = withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=LATER)

    assert lifted == 1
    assert blocked() == []
    assert (only_entry().lifted_at, only_entry().lift_reason) == (LATER, "sources_withdrawn")
    assert actions() == ["suppression.added", "suppression.withdrawn"]
    assert AuditEvent.objects.last().entry["facts"] == {"sources": 1, "lifted": 1}


def test_an_entry_with_another_source_stays():
    block(JANE)
    block(JANE, reference="DEL-2")

    lifted = withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=LATER)

    assert lifted == 0
    assert blocked() == ["erased"]
    assert [source.withdrawn_at for source in sources_of("DEL-1")] == [LATER]


def test_withdrawing_does_not_touch_the_same_reference_of_another_kind():
    block(JANE)
    block(JANE, source_kind="api", reference="DEL-1")

    withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=LATER)

    assert [source.kind for source in blocks("email", JANE, LATER)[0].sources] == ["api"]


def test_withdrawing_twice_or_for_nothing_leaves_no_trace():
    block(JANE)
    withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=NOW)

    assert withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=LATER) == 0
    assert withdraw(source_kind="ticket", reference="DEL-7", by=WORKER, at=LATER) == 0
    assert actions() == ["suppression.added", "suppression.withdrawn"]


def test_blocking_again_after_a_lift_makes_a_new_entry_and_keeps_the_old():
    block(JANE)
    withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=NOW)

    block(JANE, at=LATER)

    assert blocked(at=LATER) == ["erased"]
    assert SuppressionEntry.objects.count() == 2


def test_lifting_ends_the_block_whatever_supports_it():
    root = Actor.command()
    block(JANE)

    lift(only_entry(), reason="came_back", by=root, at=LATER)

    assert blocked(at=LATER) == []
    assert only_entry().lift_reason == "came_back"
    assert AuditEvent.objects.last().entry["facts"] == {
        "entry": only_entry().pk,
        "kind": "email",
        "reason": "came_back",
    }
    assert verify().fault is None


def test_lifting_happens_once():
    block(JANE)
    lift(only_entry(), reason="came_back", by=WORKER, at=NOW)

    with pytest.raises(AlreadyLifted):
        lift(only_entry(), reason="added_in_error", by=WORKER, at=LATER)

    assert only_entry().lift_reason == "came_back"


def test_support_adds_the_auditor_does_not(alice, carol):
    block(JANE, source_kind="staff", reference="objected", by=Actor.page(alice))

    with pytest.raises(NotAllowed, match="carol may not add suppression entries"):
        block(JANE, source_kind="staff", reference="objected", by=Actor.page(carol))
    assert AuditEvent.objects.get().subject == "list/erased"


def test_approving_needs_no_right_of_the_lists(carol):
    block(JANE, source_kind="ticket", by=Actor.page(carol))

    assert blocked() == ["erased"]


def test_lifting_and_withdrawing_an_import_need_a_right(alice):
    block(JANE, source_kind="import", reference="import-1")

    with pytest.raises(NotAllowed):
        lift(only_entry(), reason="came_back", by=Actor.page(alice), at=NOW)
    with pytest.raises(NotAllowed):
        withdraw(source_kind="import", reference="import-1", by=Actor.page(alice), at=NOW)
    assert blocked() == ["erased"]


def test_asking_needs_a_right(alice, adam_without_role):
    assert check("email", JANE, by=Actor.page(alice), at=NOW) == []
    with pytest.raises(NotAllowed):
        check("email", JANE, by=Actor.page(adam_without_role), at=NOW)


@pytest.mark.django_db(transaction=True)
def test_approvals_at_the_same_time_share_one_entry():
    def approve(reference: str) -> None:
        block(JANE, f"{reference}@example.com", reference=reference)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(approve, ["DEL-1", "DEL-2", "DEL-3", "DEL-4"]))

    (found,) = blocks("email", JANE, NOW)
    assert {source.reference for source in found.sources} == {"DEL-1", "DEL-2", "DEL-3", "DEL-4"}
    assert SuppressionEntry.objects.count() == 5
    assert verify().fault is None


@pytest.fixture
def adam_without_role(django_user_model):
    return django_user_model.objects.create_user("adam", is_staff=True)
