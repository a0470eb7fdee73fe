"""The command: the same report, with the rights of the person it names."""

import hashlib
import json
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.reports.models import AuditReport
from tests.reports.builders import bento_account, open_one

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(alice):
    bento_account()
    return open_one("ann@example.org", opened_by=alice)


@pytest.fixture
def device(tmp_path):
    """Name a device by a link, so that whatever goes wrong replaces the link and not the device."""

    def link(name: str) -> Path:
        path = tmp_path / name
        path.symlink_to(f"/dev/{name}")
        return path

    return link


def make_report(output, *, user="carol", first="2026-06-01", last="2026-06-30", options=()):
    period = ["--from", first, "--to", last]
    call_command("make_report", "--as", user, *period, "--output", str(output), *options)


def test_it_writes_the_file_and_tells_its_digest(ticket, carol, tmp_path, capsys):
    path = tmp_path / "june.csv"

    make_report(path)

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    report = AuditReport.objects.get()
    assert (report.made_by, report.via, report.sha256) == (carol, "command", digest)
    assert capsys.readouterr().err == f"{report.reference}: tickets 1, rows 1, sha256 {digest}\n"
    assert [file.name for file in tmp_path.iterdir()] == ["june.csv"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_writes_json_lines_to_standard_output(ticket, carol, capsysbinary):
    make_report("-", options=["--format", "jsonl", "--without-masks"])

    (line,) = capsysbinary.readouterr().out.splitlines()
    row = json.loads(line)
    assert (row["reference"], row["identifier_masked"]) == (ticket.reference, None)


def test_a_period_of_another_moment_can_be_asked_for(ticket, carol, tmp_path):
    make_report(tmp_path / "closed.csv", options=["--by", "closed_at"])

    assert AuditReport.objects.get().rows == 0


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"user": "alice"}, "alice may not export audit reports"),
        ({"user": "nobody"}, "no active user"),
        ({"first": "2026-07-01"}, "ends before it begins"),
    ],
)
def test_what_cannot_be_done_is_usage(ticket, carol, tmp_path, wish, sentence):
    with pytest.raises(CommandError, match=sentence) as refusal:
        make_report(tmp_path / "june.csv", **wish)

    assert refusal.value.returncode == 2
    assert list(tmp_path.iterdir()) == []
    assert not AuditEvent.objects.filter(action="report.started").exists()


def test_a_file_that_cannot_be_written_is_usage(ticket, carol, tmp_path):
    with pytest.raises(CommandError, match="cannot be written") as refusal:
        make_report(tmp_path / "missing" / "june.csv")

    assert refusal.value.returncode == 2
    assert not AuditReport.objects.exists()


def test_a_device_is_written_to_and_not_replaced(ticket, carol, device):
    path = device("null")

    make_report(path)

    assert path.is_symlink()
    assert AuditReport.objects.get().state == "finished"


def test_a_disk_that_is_full_is_a_failure(alice, carol, device):
    bento_account()
    for number in range(60):
        open_one(f"{number}@example.org", opened_by=alice)

    with pytest.raises(CommandError, match="not written to its end: No space left on device") as failure:
        make_report(device("full"))

    assert failure.value.returncode == 1
    assert AuditReport.objects.get().state == "started"


def test_a_day_has_one_form(carol, tmp_path):
    with pytest.raises(CommandError, match="“1 June” is no day such as 2026-11-01"):
        make_report(tmp_path / "june.csv", first="1 June")
