"""What is killed beside the workers: an approval, an import, an export and a migration are there whole, or can be done
again."""

import io
import os
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.audit.selectors import verify
from apps.reports.models import AuditReport
from apps.suppression.models import ImportReject, SuppressionEntry, SuppressionImport
from apps.suppression.services import import_file, importing
from tests.constants import NOW
from tests.tickets.builders import accounts, approve_one, erasure_of, open_one, work

from .process import KILLED, run

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = [f"person{number}@example.com" for number in range(1100)]


def test_an_approval_that_was_killed_was_never_given(sandbox, people, clock, broken):
    alice, bob = people
    accounts(sandbox, "bento")
    ticket = open_one(opened_by=alice)
    work(clock)

    assert run(partial(approve_one, ticket, approved_by=bob), "approval-uncommitted") == KILLED

    work(clock)
    assert erasure_of(ticket).ticket.status == "pending_approval"
    assert not SuppressionEntry.objects.exists()
    assert sandbox.deletions() == []

    approve_one(ticket, approved_by=bob)
    work(clock)

    assert erasure_of(ticket).status == "accepted"
    assert broken() == []


def test_an_import_that_was_killed_goes_on_with_the_same_file_and_takes_everybody_in_once(
    transactional_db, small_chunks
):
    load = partial(import_file, list_name="erased", identifiers="email", by=Actor.command(None), clock=lambda: NOW)
    file = "\n".join([*PEOPLE, *PEOPLE[:10], "nonsense"]).encode()

    assert run(lambda: load(io.BytesIO(file)), "import-uncommitted:2") == KILLED

    kept = SuppressionEntry.objects.count()
    assert 0 < kept < len(PEOPLE)
    assert not AuditEvent.objects.filter(action="suppression.imported").exists()

    again = load(io.BytesIO(file)).source

    assert (again.added, again.known, again.rejected) == (len(PEOPLE), 10, 1)
    assert SuppressionEntry.objects.live().count() == len(PEOPLE)
    assert SuppressionImport.objects.count() == ImportReject.objects.count() == 1
    assert [event.action for event in AuditEvent.objects.order_by("seq")] == [
        "suppression.import_started",
        "suppression.imported",
    ]
    assert verify().fault is None


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(importing, "CHUNK", 500)


def test_an_export_that_was_killed_leaves_no_report_under_its_name(sandbox, people, carol, tmp_path):
    accounts(sandbox, "bento")
    open_one(opened_by=people[0])
    file = tmp_path / "report.csv"
    order = ["make_report", "--as=carol", "--from=2020-01-01", "--to=2100-01-01", f"--output={file}"]

    assert run(lambda: call_command(*order, stderr=io.StringIO()), "export-unfinished") == KILLED

    report = AuditReport.objects.get()
    assert (report.state, report.sha256) == ("started", "")
    assert not file.exists()

    call_command(*order, stderr=io.StringIO())

    assert AuditReport.objects.filter(state="finished").count() == 1
    assert file.exists()


def manage(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess:
    place = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/console.sqlite3"}
    surroundings = {**os.environ, "ENV_FILE": "tests/test.env", **place, **variables}
    return subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=surroundings, capture_output=True, text=True
    )


def test_a_migration_that_was_killed_is_done_again_from_where_it_began(tmp_path):
    killed = manage(tmp_path, "migrate", "audit", FAILPOINT="migration-unfinished")

    assert killed.returncode == KILLED
    with sqlite3.connect(tmp_path / "console.sqlite3") as database:
        done = {name for (name,) in database.execute("SELECT name FROM django_migrations WHERE app = 'audit'")}
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert done == {"0001_ledger"}
    assert triggers == []

    assert manage(tmp_path, "migrate", "audit").returncode == 0

    whole = manage(tmp_path, "verify_ledger")
    assert (whole.returncode, "The ledger is whole." in whole.stdout) == (0, True)
