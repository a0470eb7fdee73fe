"""Opening a ticket for somebody whom a list holds says so, and opens it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.audit.actors import Actor
from apps.suppression.services import suppress
from apps.tickets.models import DeletionTicket
from apps.tickets.services.deciding import cancel
from tests.constants import NOW
from tests.tickets.desk import approved_by, only, opened_by, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann_is_listed() -> None:
    pairs = [("email", "Ann@example.org")]
    suppress(pairs, list_name="old", source_kind="import", reference="import-1", by=Actor.worker(), at=NOW)


def read(client, user, ticket: DeletionTicket) -> str:
    client.force_login(user)
    return client.get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk])).text


def test_the_command_names_the_lines_and_opens_them_all(ann_is_listed, alice, tmp_path: Path, capsys):
    sync()
    file = tmp_path / "people.csv"
    file.write_text("email\nbea@example.org\nANN@example.org\nnonsense\n", encoding="utf-8")

    with pytest.raises(CommandError, match="1"):
        call_command("open_tickets", str(file), "--as=alice", "--identity-basis=elsewhere")

    said = capsys.readouterr().out
    assert "Opened 2 of 3 tickets." in said
    assert "Suppressed before, and opened all the same: 1 (line 3)." in said
    assert DeletionTicket.objects.count() == 2


def test_the_page_says_it_until_the_approval(ann_is_listed, client, alice, bob):
    sync()
    ticket = opened_by(alice)

    page = read(client, alice, ticket)
    approved_by(bob, ticket)

    assert "Suppressed before this ticket:" in page
    assert "Import: import-1" in page
    assert "Suppressed before this ticket:" not in read(client, alice, ticket)


def test_the_page_of_a_stranger_or_of_a_closed_ticket_says_nothing(ann_is_listed, client, alice):
    sync()
    stranger, closed = opened_by(alice, email="bea@example.org"), opened_by(alice)
    cancel(only(closed), text="Opened twice.", by=Actor.page(alice), at=NOW)

    for ticket in (stranger, closed):
        assert "Suppressed before this ticket:" not in read(client, alice, ticket)
