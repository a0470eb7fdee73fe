"""A database that does not answer in time is no fault of the person at the screen: they read what to do."""

import sqlite3

import pytest
from django.db import connection
from django.urls import reverse

from apps.tickets.models import DeletionTicket
from tests.tickets.desk import opened_by, sync


@pytest.fixture
def impatient(monkeypatch):
    """Let SQLite wait for a lock so long that a test can wait too."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.2)
    connection.close()
    yield
    connection.close()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The lock is that of a file.")
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_told_as_busy_and_nothing_is_approved(client, alice, bob, impatient):
    sync()
    ticket = opened_by(alice)
    client.force_login(bob)
    elsewhere = sqlite3.connect(connection.settings_dict["NAME"])
    elsewhere.execute("BEGIN IMMEDIATE")

    said = {"sources_paused": "paused"}
    answer = client.post(reverse("admin:tickets_deletionticket_approve", args=[ticket.pk]), said)

    elsewhere.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "The database is busy" in answer.text
    assert DeletionTicket.objects.get(pk=ticket.pk).status == "pending_approval"
