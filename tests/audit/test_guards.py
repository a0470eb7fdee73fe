"""The database itself refuses every change of the ledger but the next event."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.audit import guards as ledger_guards
from apps.audit.actors import Actor
from apps.audit.models import AuditEvent, LedgerHead
from apps.audit.selectors import verify
from apps.audit.services import record
from tests.audit.builders import write_ledger
from tests.constants import NOW

INSERT = "INSERT INTO audit_auditevent (seq, at, action, subject, root, actor, body, prev, link)"
COPY = "SELECT {seq}, at, 'forged', subject, root, actor, body, prev, link FROM audit_auditevent WHERE seq = 3"

EVERYWHERE = [
    "UPDATE audit_auditevent SET subject = 'x' WHERE seq = 2",
    "UPDATE audit_auditevent SET seq = 9 WHERE seq = 3",
    "DELETE FROM audit_auditevent WHERE seq = 3",
    "DELETE FROM audit_auditevent",
    f"{INSERT} {COPY.format(seq=5)}",
    f"{INSERT} {COPY.format(seq=3)}",
    f"{INSERT} {COPY.format(seq=0)}",
    f"{INSERT} {COPY.format(seq=-1)}",
    f"{INSERT} {COPY.format(seq='NULL')}",
    f"{INSERT} {COPY.format(seq=3)} ON CONFLICT (seq) DO UPDATE SET action = 'forged'",
    "UPDATE audit_ledgerhead SET seq = 2",
    "UPDATE audit_ledgerhead SET link = prev FROM audit_auditevent e WHERE e.seq = 3",
    "DELETE FROM audit_ledgerhead",
]
ATTACKS = {
    "sqlite": [
        *EVERYWHERE,
        f"INSERT OR REPLACE INTO{INSERT.removeprefix('INSERT INTO')} {COPY.format(seq=3)}",
        f"INSERT OR REPLACE INTO{INSERT.removeprefix('INSERT INTO')} {COPY.format(seq=2)}",
        "UPDATE OR REPLACE audit_auditevent SET seq = 2 WHERE seq = 3",
        "REPLACE INTO audit_ledgerhead (id, seq, link) VALUES (1, 9, x'00')",
    ],
    "postgresql": [
        *EVERYWHERE,
        "TRUNCATE audit_auditevent",
        "TRUNCATE audit_ledgerhead",
        "TRUNCATE audit_auditevent, audit_ledgerhead CASCADE",
        "SET LOCAL session_replication_role = replica; DELETE FROM audit_auditevent",
    ],
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ledger(guards) -> None:
    write_ledger(3)


@pytest.mark.parametrize("attack", ATTACKS[connection.vendor])
def test_the_database_refuses_it(attack):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)

    assert verify().fault is None
    assert verify().events == 3


def test_django_cannot_get_round_it():
    event = AuditEvent.objects.get(seq=2)
    event.subject = "x"

    with pytest.raises(IntegrityError), transaction.atomic():
        event.save(update_fields=["subject"])
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.bulk_create([event], update_conflicts=True, update_fields=["subject"], unique_fields=["seq"])
    assert verify().fault is None


def test_the_next_event_is_welcome():
    record("ticket.opened", "DEL-2026-000004", by=Actor.worker(), at=NOW)

    assert verify().events == 4
    assert LedgerHead.objects.get().seq == 4


def test_all_guards_are_there():
    assert ledger_guards.missing(connection) == []


def test_installing_twice_does_no_harm():
    ledger_guards.install(connection)

    assert ledger_guards.missing(connection) == []


def test_every_removed_guard_is_named():
    ledger_guards.remove(connection)

    assert len(ledger_guards.missing(connection)) == 6


WEAKENED = {
    "sqlite": [
        "DROP TRIGGER audit_event_no_update",
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_auditevent WHEN 0 BEGIN SELECT 1; END",
    ],
    "postgresql": ["ALTER TABLE audit_auditevent DISABLE TRIGGER audit_event_kept"],
}
HOLLOWED = {
    "sqlite": WEAKENED["sqlite"],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
    ],
}


@pytest.mark.parametrize("statements", [WEAKENED, HOLLOWED])
def test_a_weakened_guard_is_named(statements):
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)

    named = ledger_guards.missing(connection)

    assert {"sqlite": "audit_event_no_update", "postgresql": "audit_event_kept"}[connection.vendor] in named


def test_all_migrations_together_leave_every_guard_in_place(django_db_setup):
    assert django_db_setup == []
