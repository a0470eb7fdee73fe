"""What one event looks like, and what the ledger never takes."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone

import pytest
from django.db import connection, transaction

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent, LedgerHead
from apps.audit.selectors import history, verify
from apps.audit.services import UnfitForLedger, record, record_all
from tests.constants import NOW

WORKER = Actor.worker()

pytestmark = pytest.mark.django_db


def test_the_stored_bytes_are_canonical():
    east = NOW.astimezone(timezone(timedelta(hours=2)))

    event = record(
        "ticket.opened", "DEL-2026-000001", by=WORKER, at=east, facts={"urgent": True, "due": None, "für": 3}
    )

    assert bytes(AuditEvent.objects.get(pk=event.pk).body).decode() == (
        '{"action":"ticket.opened","actor":"console","actor_id":null,"at":"2026-06-01T12:00:00.000000Z",'
        '"facts":{"due":null,"für":3,"urgent":true},"host":"","os_user":"","seq":1,"subject":"DEL-2026-000001",'
        '"v":1,"via":"worker"}'
    )


def test_each_link_ties_the_body_to_everything_before_it():
    first = record("ticket.opened", "DEL-2026-000001", by=WORKER, at=NOW)
    second = record("ticket.opened", "DEL-2026-000002", by=WORKER, at=NOW)

    expected = hashlib.sha256(b"\x03" + first.link + hashlib.sha256(b"\x00" + second.body).digest()).digest()
    assert (second.prev, second.link) == (first.link, expected)
    assert first.prev == bytes(32)
    assert bytes(LedgerHead.objects.get().link) == second.link


def test_a_person_is_named_with_the_way_they_came(alice):
    actor = Actor.command(alice)

    event = record("ticket.opened", "DEL-2026-000001", by=actor, at=NOW)

    entry = json.loads(event.body)
    assert event.actor == "alice"
    assert entry["actor_id"] == alice.pk
    assert (entry["via"], entry["host"], entry["os_user"]) == ("command", actor.host, actor.os_user)


def test_many_subjects_get_one_event_each_with_facts_of_their_own():
    record("ticket.opened", "DEL-2026-000009", by=WORKER, at=NOW)

    record_all(
        "ticket.approved", {"DEL-1": {"cost": 1}, "DEL-2": {}}, by=WORKER, at=NOW, facts={"cost": 0, "all": True}
    )

    stored = [(event.seq, event.subject, event.entry["facts"]) for event in AuditEvent.objects.order_by("seq")[1:]]
    assert stored == [(2, "DEL-1", {"cost": 1, "all": True}), (3, "DEL-2", {"cost": 0, "all": True})]
    assert verify().events == 3
    assert verify().fault is None


def test_a_thousand_subjects_take_one_lock(django_assert_max_num_queries):
    record("ticket.opened", "DEL-2026-000009", by=WORKER, at=NOW)

    with django_assert_max_num_queries(15):
        record_all("ticket.approved", (f"DEL-{n}" for n in range(1000)), by=WORKER, at=NOW)

    assert verify().events == 1001


def test_no_subjects_leave_no_trace(django_assert_num_queries):
    with django_assert_num_queries(0):
        record_all("ticket.approved", [], by=WORKER, at=NOW)


def test_one_subject_is_not_taken_for_many():
    with pytest.raises(TypeError, match="several subjects"):
        record_all("ticket.approved", "DEL-2026-000001", by=WORKER, at=NOW)


@pytest.mark.parametrize(
    ("action", "subject", "facts"),
    [
        ("ticket.opened", "jane@example.com", {}),
        ("ticket.opened", "DEL-1", {"email": "jane@example.com"}),
        ("ticket.opened", "DEL-1", {"jane@example.com": 1}),
        ("ticket.opened", "DEL-1", {"share": 0.5}),
        ("ticket.opened", "DEL-1", {"at": NOW}),
        ("ticket.opened", "DEL-1", {"list": ["a"]}),
    ],
)
def test_addresses_and_values_without_fixed_bytes_are_refused(action, subject, facts):
    with pytest.raises(UnfitForLedger) as refusal:
        record(action, subject, by=WORKER, at=NOW, facts=facts)

    assert "jane" not in str(refusal.value)
    assert not AuditEvent.objects.exists()


def test_the_history_of_a_ticket_holds_its_erasures_and_no_neighbour():
    for subject in ("DEL-1", "DEL-1/bento/email", "DEL-10", "DEL-1", "account/bento", "del-1/x", "DEL-1%/x"):
        record("a.b", subject, by=WORKER, at=NOW)

    assert [event.seq for event in history("DEL-1")] == [1, 2, 4]
    assert [event.seq for event in history("DEL-1/bento/email")] == [2]
    assert [event.seq for event in history("account/bento")] == [5]


@pytest.mark.django_db(transaction=True)
def test_an_event_without_a_transaction_is_refused():
    with pytest.raises(UnfitForLedger, match="in the transaction of the deed"):
        record("ticket.opened", "DEL-2026-000001", by=WORKER, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_rolls_back_takes_its_event_along():
    with transaction.atomic():
        record("ticket.opened", "DEL-2026-000001", by=WORKER, at=NOW)
        transaction.set_rollback(True)

    with transaction.atomic():
        record("ticket.opened", "DEL-2026-000002", by=WORKER, at=NOW)

    assert AuditEvent.objects.get().subject == "DEL-2026-000002"
    assert verify().fault is None


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_do_not_fork_the_chain():
    def write(writer: int) -> None:
        for number in range(20):
            with transaction.atomic():
                record("ticket.opened", f"DEL-{writer}-{number}", by=WORKER, at=NOW)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    verdict = verify()
    assert (verdict.events, verdict.fault) == (80, None)
