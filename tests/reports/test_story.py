"""The whole story: alice opens, bob approves, the vendors answer, and carol reads it all in one file."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from apps.audit.actors import Actor
from apps.reports import services
from apps.reports.orders import Order
from apps.tickets.models import DeletionTicket
from apps.tickets.services.working import work_until_idle
from apps.vendors.selectors import configured_accounts
from apps.vendors.services.accounts import sync_accounts
from tests.reports.builders import approve_one, open_one
from tests.sandbox_process import Sandbox

PATIENCE = "&verify_after=1s,2s"


def clock():
    return datetime.now(UTC)


@pytest.fixture
def sandbox(settings):
    with Sandbox() as running:
        settings.VENDOR_SECRET_URLS = {
            "bento": running.bento_url + PATIENCE,
            "blueshift": running.blueshift_url + PATIENCE,
        }
        yield running


@pytest.mark.django_db(transaction=True)
def test_the_auditor_finds_who_asked_who_approved_what_was_held_and_what_was_answered(sandbox, alice, bob, carol):
    sync_accounts(configured_accounts(), by=Actor.worker(), at=clock())
    ticket = open_one("ada@example.com", opened_by=alice, at=clock(), channel="email")
    work_until_idle(clock=clock)
    approve_one(ticket, approved_by=bob, at=clock())
    work_until_idle(clock=clock, wait=timedelta(seconds=5))

    made = services.export_tickets(DeletionTicket.objects.all(), Order(), by=Actor.page(carol), clock=clock)
    rows = csv.DictReader(io.StringIO(b"".join(made.chunks).decode("utf-8-sig")))

    bento, blueshift = list(rows)
    for row in (bento, blueshift):
        assert (row["channel"], row["opened_by"], row["approved_by"]) == ("email", "alice", "bob")
        assert (row["before_profiles"], row["erasure_status"]) == ("1", "verified_absent")
        assert (row["status"], row["resolution"], row["late"]) == ("completed", "erased_verified", "no")
        assert (row["suppression_list"], row["suppression_lifted_at"]) == ("erased", "")
        assert row["suppressed_since"] <= row["first_sent_at"] <= row["accepted_at"] <= row["verified_at"]
    assert (bento["last_http_status"], bento["after_profiles"]) == ("202", "1"), "the anonymized record remains"
    assert (blueshift["last_http_status"], blueshift["after_profiles"]) == ("200", "0")
    assert bento["vendor_meaning"] == "Queued for anonymization at Bento. Not yet proof."
