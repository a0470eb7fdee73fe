"""Plain SHA-256 for partners who cannot compute keyed digests: of whom a ticket still names."""

import hashlib
import json
from contextlib import nullcontext

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.privacy.vault import shred
from apps.suppression.models import SuppressionHandover
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.suppression.builders import block
from tests.tickets.builders import open_one

ANN = "ann@example.org"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(db) -> None:
    VendorAccount.objects.create(name="bento", vendor="bento", host="app.bentonow.com", site="s", synced_at=NOW)


@pytest.fixture
def write(tmp_path, bob):
    def write(*arguments: str, user: str = "bob", left_out: int = 0) -> str:
        file = tmp_path / "shop.csv"
        wanted = ["--list", "erased", "--recipient", "shop-eu", "--output", str(file), "--as", user]
        with pytest.raises(CommandError, match=f"^{left_out} left out: ") if left_out else nullcontext() as end:
            call_command("export_plain_suppressions", *wanted, *arguments)
        assert end is None or end.value.returncode == 3
        return file.read_text()

    return write


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_whom_a_ticket_still_names_stands_in_it_and_the_others_are_counted(write, alice, tmp_path):
    open_one(" Ann@Example.org", opened_by=alice)
    block(ANN, "imported@example.org")

    text = write("--statement", "Their tool knows SHA-256 only.", left_out=1)

    plain = hashlib.sha256(ANN.encode()).hexdigest()
    assert rows(text) == ["sha256,list,since", f"{plain},erased,2026-06-01"]
    assert "weaker" in text
    manifest = json.loads((tmp_path / "shop.csv.manifest.json").read_text())
    assert (manifest["form"], manifest["rows"], manifest["left_out"]) == ("sha256", 1, 1)
    facts = json.loads(bytes(AuditEvent.objects.get(action="suppression.handed_over").body))["facts"]
    assert (facts["rows"], facts["left_out"]) == (1, 1)


def test_a_redacted_ticket_names_nobody(write, alice):
    ticket = open_one(ANN, opened_by=alice)
    block(ANN)
    shred(ticket.key, at=NOW)

    assert rows(write("--statement", "Their tool knows SHA-256 only.", left_out=1)) == ["sha256,list,since"]
    assert SuppressionHandover.objects.get().left_out == 1


def test_where_nobody_is_left_out_it_ends_as_done(write, alice):
    open_one(ANN, opened_by=alice)
    block(ANN)

    assert len(rows(write("--statement", "x"))) == 2


def test_it_needs_a_statement(write):
    block(ANN)

    with pytest.raises(CommandError, match="Say why"):
        write()

    assert not SuppressionHandover.objects.exists()


def test_the_right_to_hand_over_is_not_enough(write, olga):
    block(ANN)
    assert olga.has_perm("suppression.export_suppressionhandover")

    with pytest.raises(CommandError, match="olga may not export sha256"):
        write("--statement", "x", user="olga")

    olga.user_permissions.add(Permission.objects.get(codename="export_sha256"))
    assert rows(write("--statement", "x", user="olga", left_out=1)) == ["sha256,list,since"]


def test_third_parties_are_refused_here_too(write):
    block(ANN)

    with pytest.raises(CommandError, match="HANDOVER_THIRD_PARTIES"):
        write("--statement", "x", "--recipient-kind", "third_party")
