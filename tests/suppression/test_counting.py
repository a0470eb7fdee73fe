"""Counting matches waits for nobody: neither for another writer nor for the disk."""

import sqlite3
import time
from contextlib import closing

import pytest
from django.db import connection, transaction

from apps.suppression.counting import count_matches
from apps.suppression.models import SuppressionEntry
from tests.constants import NOW
from tests.suppression.builders import JANE, block, only_entry

pytestmark = pytest.mark.django_db(transaction=True)
in_a_file = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own settings.")


@pytest.fixture
def entry() -> SuppressionEntry:
    block(JANE, reference="DEL-2026-000001")
    return only_entry()


def test_each_call_counts_once(entry):
    for _ in range(2):
        count_matches([entry.pk], at=NOW)

    assert (only_entry().matches, only_entry().last_match_at) == (2, NOW)


def test_a_count_inside_a_transaction_belongs_to_it(entry):
    with transaction.atomic():
        count_matches([entry.pk], at=NOW)
        transaction.set_rollback(True)

    assert only_entry().matches == 0


@in_a_file
def test_another_writer_is_not_waited_for(entry):
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        count_matches([entry.pk], at=NOW)
        waited = time.monotonic() - started

    count_matches([entry.pk], at=NOW)
    assert only_entry().matches == 1
    assert waited < 5  # anybody else waits for 20 seconds


@in_a_file
def test_everything_else_still_waits_for_the_disk_and_for_its_turn(entry):
    before = pragmas()

    count_matches([entry.pk], at=NOW)

    assert pragmas() == before
    assert before["synchronous"] == 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own settings.")
def test_the_connection_keeps_its_way_to_commit(entry):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
        count_matches([entry.pk], at=NOW)
        cursor.execute("SHOW synchronous_commit")

        assert cursor.fetchone() == ("on",)


def pragmas() -> dict[str, int]:
    with connection.cursor() as cursor:
        return {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("busy_timeout", "synchronous")}
