"""Whoever rotates the pepper reads how many rows still need the old one."""

import base64

import pytest
from django.core.management import call_command

from apps.audit.actors import Actor
from apps.suppression.models import SuppressionEntry
from apps.suppression.services import lift, suppress
from tests.constants import NOW
from tests.tickets.desk import opened_by, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def rotated(settings) -> None:
    settings.DIGEST_PEPPERS = f"fresh:{base64.b64encode(b'f' * 32).decode()},{settings.DIGEST_PEPPERS}"


def block(*emails: str) -> None:
    pairs = [("email", email) for email in emails]
    suppress(pairs, list_name="erased", source_kind="import", reference="import-1", by=Actor.worker(), at=NOW)


def report(capsys) -> list[str]:
    call_command("pepper_report")
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def test_rows_of_each_pepper_are_counted(alice, settings, capsys):
    sync()
    before = settings.DIGEST_PEPPERS
    block("ann@example.org", "bea@example.org")
    opened_by(alice)
    settings.DIGEST_PEPPERS = f"fresh:{base64.b64encode(b'f' * 32).decode()},{before}"
    block("cid@example.org", "ann@example.org")

    assert report(capsys) == [
        "1 suppression entries: fresh, made by the newest pepper",
        "2 suppression entries: test1, need this older pepper",
        "1 identifiers of tickets: test1, need this older pepper",
        "3 rows need an older pepper: keep it in DIGEST_PEPPERS, or these people are found by nobody.",
    ]


def test_a_lifted_entry_needs_no_pepper(rotated, settings, capsys):
    block("ann@example.org")
    SuppressionEntry.objects.update(key_id="test1")
    lift(SuppressionEntry.objects.get(), reason="came_back", by=Actor.worker(), at=NOW)

    assert report(capsys) == ["No row needs an older pepper: those after the first can be taken out of DIGEST_PEPPERS."]


def test_a_pepper_that_was_taken_out_too_early_ends_with_an_error(capsys):
    block("ann@example.org")
    SuppressionEntry.objects.update(key_id="gone")

    with pytest.raises(SystemExit, match="1"):
        report(capsys)

    assert "gone, are found by nobody" in capsys.readouterr().out
