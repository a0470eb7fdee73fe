"""Whatever is done to the ledger, the check names the first event that cannot be trusted."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit import guards as ledger_guards
from apps.audit.chain import GENESIS, link
from apps.audit.models import AuditEvent, LedgerHead
from apps.audit.selectors import verify
from tests.audit.builders import write_ledger

LAST = 9
MIDDLE = 5
# SQLite stores any type in any column; PostgreSQL has moments that Python has not.
STRANGE = {
    "sqlite": [
        (column, junk)
        for column in ("at", "action", "body", "prev", "link")
        for junk in ("2026-13-45 00:00:00", "x", 5, 5.5, b"\xff")
    ],
    "postgresql": [
        *[("at", junk) for junk in ("infinity", "-infinity", "0044-03-15 BC", "12026-06-01")],
        *[(column, junk) for column in ("body", "prev", "link") for junk in (b"", b"\xff")],
        ("action", ""),
    ],
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ledger() -> None:
    write_ledger(LAST)


def change(number: int, /, **columns: object) -> None:
    AuditEvent.objects.filter(seq=number).update(**columns)


def first_bad() -> int | None:
    fault = verify().fault
    return fault and fault.seq


def test_a_whole_ledger_passes():
    verdict = verify()

    assert verdict.fault is None
    assert verdict.events == LAST
    assert verdict.head == bytes(LedgerHead.objects.get().link)


def test_an_empty_ledger_is_whole():
    AuditEvent.objects.all().delete()
    LedgerHead.objects.all().delete()

    verdict = verify()

    assert (verdict.events, verdict.head, verdict.fault) == (0, GENESIS, None)


@pytest.mark.parametrize("seq", [1, MIDDLE, LAST])
@pytest.mark.parametrize("column", ["body", "prev", "link"])
@pytest.mark.parametrize("place", [0, -1])
def test_a_flipped_byte_is_found(seq, column, place):
    stored = bytearray(getattr(AuditEvent.objects.get(seq=seq), column))
    stored[place] ^= 1

    change(seq, **{column: bytes(stored)})

    assert first_bad() == seq


@pytest.mark.parametrize("seq", [1, MIDDLE, LAST])
@pytest.mark.parametrize("column", ["action", "subject", "root", "actor"])
def test_a_flipped_letter_beside_the_body_is_found(seq, column):
    stored = getattr(AuditEvent.objects.get(seq=seq), column)

    change(seq, **{column: stored[:-1] + chr(ord(stored[-1]) ^ 1)})

    assert first_bad() == seq
    assert f"“{column}”" in verify().fault.reason


def test_a_moved_time_is_found():
    event = AuditEvent.objects.get(seq=MIDDLE)

    change(MIDDLE, at=event.at.replace(microsecond=1))

    assert first_bad() == MIDDLE


@pytest.mark.parametrize(("column", "junk"), STRANGE[connection.vendor])
def test_a_value_that_the_console_never_writes_is_found(column, junk):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditevent SET {column} = %s WHERE seq = %s", [junk, MIDDLE])  # noqa: S608

    assert first_bad() == MIDDLE


@pytest.mark.parametrize("seq", [1, MIDDLE, LAST])
def test_a_deleted_event_is_found(seq):
    AuditEvent.objects.filter(seq=seq).delete()

    assert first_bad() == seq


def test_a_cut_head_is_found():
    AuditEvent.objects.filter(seq__lte=3).delete()

    assert first_bad() == 1


def test_a_cut_tail_is_found_against_the_head():
    AuditEvent.objects.filter(seq__gt=MIDDLE).delete()

    assert first_bad() == MIDDLE + 1
    assert f"head at {LAST}" in verify().fault.reason


def test_swapped_numbers_are_found():
    change(MIDDLE, seq=1000)
    change(MIDDLE + 1, seq=MIDDLE)
    change(1000, seq=MIDDLE + 1)

    assert first_bad() == MIDDLE


def test_an_event_played_back_under_another_number_is_found():
    copy = AuditEvent.objects.get(seq=MIDDLE)
    last = AuditEvent.objects.get(seq=LAST)
    copy.seq, copy.prev, copy.link = LAST + 1, last.link, link(last.link, copy.body)
    copy.save(force_insert=True)
    LedgerHead.objects.update(seq=copy.seq, link=copy.link)

    assert first_bad() == LAST + 1
    assert "“seq”" in verify().fault.reason


def test_a_duplicate_beyond_the_head_is_found():
    copy = AuditEvent.objects.get(seq=LAST)
    copy.seq = LAST + 1
    copy.save(force_insert=True)

    assert first_bad() == LAST + 1


def test_an_event_before_the_first_is_found():
    copy = AuditEvent.objects.get(seq=1)
    copy.seq = 0
    copy.save(force_insert=True)

    assert first_bad() == 1


def test_a_lost_head_is_found():
    LedgerHead.objects.all().delete()

    assert first_bad() == 1


@pytest.mark.parametrize("columns", [{"seq": LAST - 1}, {"seq": LAST + 1}, {"link": GENESIS}])
def test_a_changed_head_is_found(columns):
    LedgerHead.objects.update(**columns)

    assert first_bad() in {LAST, LAST + 1}


def test_a_rewritten_body_with_a_matching_link_breaks_the_next_event():
    event = AuditEvent.objects.get(seq=MIDDLE)
    body = bytes(event.body).replace(b'"erasures":5', b'"erasures":6')

    change(MIDDLE, body=body, link=link(bytes(event.prev), body))

    assert first_bad() == MIDDLE + 1


def run_command() -> str:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    return out.getvalue()


def test_the_command_tells_count_and_head(guards):
    told = run_command()

    assert f"{LAST} events checked, head {verify().head.hex()}" in told
    assert "The ledger is whole." in told


def test_the_command_fails_with_the_first_bad_event(guards):
    ledger_guards.remove(connection)
    change(MIDDLE, subject="DEL-2026-999999")
    ledger_guards.install(connection)

    with pytest.raises(CommandError, match=f"^Event {MIDDLE}: Its column “subject” differs") as failure:
        run_command()

    assert failure.value.returncode == 1


def test_the_command_fails_without_guards():
    with pytest.raises(CommandError, match="not guarded: audit_event"):
        run_command()
