"""What the rows of a report say, and what it costs to read them."""

from datetime import UTC, date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.audit.services import seal_snapshot
from apps.reports import selectors
from apps.reports.columns import COLUMNS, VERSION
from apps.reports.orders import Moment, Period
from apps.suppression.services import withdraw
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.services.approving import approve
from tests.audit.builders import found
from tests.constants import NOW
from tests.reports.builders import answered, approve_one, bento_account, open_one

pytestmark = pytest.mark.django_db
WORKER = Actor.worker()


@pytest.fixture(autouse=True)
def account():
    return bento_account()


def report(tickets=None, *, with_masks=True, at=NOW):
    chosen = DeletionTicket.objects.all() if tickets is None else tickets
    blocks = selectors.blocks(chosen, with_masks=with_masks, at=at)
    return [dict(zip(COLUMNS, row, strict=True)) for block in blocks for row in block.rows]


def test_a_ticket_and_its_erasure_make_one_row(alice):
    ticket = open_one("ann@example.org", opened_by=alice, channel="email", external_ref="HD-7")

    (row,) = report()

    assert row["format_version"] == VERSION
    assert (row["reference"], row["regime"], row["channel"]) == (ticket.reference, "gdpr", "email")
    assert (row["opened_by"], row["identity_verified_by"], row["identity_basis"]) == ("alice", "alice", "logged_in")
    assert (row["received_at"], row["received_assumed"], row["due_at"]) == (NOW, True, ticket.due_at)
    assert (row["account"], row["vendor"], row["host"], row["site"]) == ("bento", "bento", "app.bentonow.com", "site-1")
    assert (row["identifier_kind"], row["identifier_masked"]) == ("email", "a•••@e•••.org")
    assert (row["status"], row["erasure_status"], row["attempts"]) == ("pending_approval", "queued", 0)
    assert (row["external_ref"], row["follows"]) == ("HD-7", None)


def test_every_identifier_at_every_account_has_a_row_of_its_own(alice):
    bento_account("bento_eu")
    open_one("ann@example.org", opened_by=alice, identifiers={"customer_id": "c-1"})

    rows = report()

    assert [(row["account"], row["identifier_kind"], row["erasure_status"]) for row in rows] == [
        ("bento", "customer_id", "not_applicable"),
        ("bento", "email", "queued"),
        ("bento_eu", "customer_id", "not_applicable"),
        ("bento_eu", "email", "queued"),
    ]


def test_approval_names_who_and_blocks_the_address(alice, bob):
    ticket = open_one("ann@example.org", opened_by=alice)
    later = NOW + timedelta(hours=1)

    approve_one(ticket, approved_by=bob, at=later)

    (row,) = report()
    assert (row["approved_by"], row["approved_at"], row["sources_paused"]) == ("bob", later, "paused")
    assert row["not_suppressed"] == ""
    assert (row["suppressed_since"], row["suppression_list"], row["suppression_lifted_at"]) == (later, "erased", None)


def test_a_block_that_was_lifted_says_so(alice, bob):
    ticket = open_one("ann@example.org", opened_by=alice)
    approve_one(ticket, approved_by=bob)
    withdraw(source_kind="ticket", reference=ticket.reference, by=WORKER, at=NOW + timedelta(hours=1))

    (row,) = report()

    assert row["suppression_lifted_at"] == NOW + timedelta(hours=1)


def test_a_live_block_counts_more_than_a_lifted_one(alice, bob):
    ticket = open_one("ann@example.org", opened_by=alice)
    approve_one(ticket, approved_by=bob)
    withdraw(source_kind="ticket", reference=ticket.reference, by=WORKER, at=NOW)
    again = open_one("ann@example.org", opened_by=alice)
    approve_one(again, approved_by=bob, at=NOW + timedelta(hours=2))

    first, second = report()

    assert first["suppression_lifted_at"] == NOW
    assert (second["suppressed_since"], second["suppression_lifted_at"]) == (NOW + timedelta(hours=2), None)


def test_the_answers_of_the_vendor_are_summed_up(alice):
    erasure = open_one("ann@example.org", opened_by=alice).erasures.get()
    answered(erasure, "busy", 429, request_id="r-1")
    answered(erasure, "accepted", 202, at=NOW + timedelta(minutes=5), request_id="r-2")

    (row,) = report()

    assert (row["attempts"], row["first_sent_at"], row["last_sent_at"]) == (2, NOW, NOW + timedelta(minutes=5))
    assert (row["last_http_status"], row["last_outcome"], row["request_ids"]) == (202, "accepted", "r-1 r-2")
    assert row["vendor_meaning"] == "Queued for anonymization at Bento. Not yet proof."


def test_a_page_in_front_of_the_api_means_something_else_than_the_api(alice):
    erasure = open_one("ann@example.org", opened_by=alice).erasures.get()
    answered(erasure, "key_refused", 403, is_html=True)

    (row,) = report()

    assert row["vendor_meaning"] == "Stopped before it reached the API."


def test_a_vendor_of_another_release_has_no_meaning(alice, account):
    erasure = open_one("ann@example.org", opened_by=alice).erasures.get()
    answered(erasure, "accepted", 202)
    type(account).objects.update(vendor="pigeon_post")

    (row,) = report()

    assert (row["vendor"], row["vendor_meaning"]) == ("pigeon_post", None)


def test_snapshots_tell_what_was_held(alice):
    erasure = open_one("ann@example.org", opened_by=alice).erasures.get()
    before = seal_snapshot(erasure.subject, moment="before", findings=found(unsubscribed=True), by=WORKER, at=NOW)
    Erasure.objects.update(before=before, waiver="waived")

    (row,) = report()

    assert (row["before_taken_at"], row["before_profiles"], row["before_unsubscribed"]) == (NOW, 1, True)
    assert row["before_digest"] == found().digest.hex()
    assert (row["waiver"], row["after_taken_at"], row["after_profiles"]) == ("waived", None, None)


def test_the_ledger_is_counted_per_ticket_with_all_below_it(alice, bob):
    ticket = open_one("ann@example.org", opened_by=alice)
    approve_one(ticket, approved_by=bob)
    open_one("bea@example.org", opened_by=alice)

    first, second = report()

    events = AuditEvent.objects.filter(root=ticket.reference)
    assert (first["ledger_events"], first["ledger_last_seq"]) == (events.count(), events.latest("seq").seq)
    assert (second["ledger_events"], second["ledger_last_seq"]) == (1, AuditEvent.objects.latest("seq").seq)


def test_late_is_judged_by_the_end_or_by_now(alice):
    ticket = open_one("ann@example.org", opened_by=alice)

    assert [row["late"] for row in report(at=ticket.due_at)] == [False]
    assert [row["late"] for row in report(at=ticket.due_at + timedelta(seconds=1))] == [True]


def test_masks_can_be_left_out(alice):
    open_one("ann@example.org", opened_by=alice)

    (row,) = report(with_masks=False)

    assert row["identifier_masked"] is None


def test_a_ticket_joined_twice_is_reported_once(alice):
    open_one("ann@example.org", opened_by=alice, identifiers={"customer_id": "c-1"})

    rows = report(selectors.each_once(DeletionTicket.objects.filter(erasures__pk__gt=0)))

    assert len(rows) == 2


@pytest.mark.parametrize("moment", [Moment.RECEIVED, Moment.OPENED])
def test_a_period_takes_in_its_last_day(alice, moment):
    days = [NOW.replace(hour=0), NOW.replace(hour=23, minute=59), NOW.replace(hour=0) + timedelta(days=1)]
    inside = [open_one(f"{n}@example.org", opened_by=alice, at=day).pk for n, day in enumerate(days)][:2]

    chosen = selectors.tickets_of(Period(NOW.astimezone(UTC).date(), NOW.date(), moment))

    assert sorted(chosen.values_list("pk", flat=True)) == inside


def test_a_period_of_closing_leaves_open_tickets_out(alice):
    open_one("ann@example.org", opened_by=alice)

    assert not selectors.tickets_of(Period(date(2020, 1, 1), date(2030, 1, 1), Moment.CLOSED)).exists()


@pytest.mark.parametrize(("tickets", "queries"), [(3, 5), (6, 9), (8, 13)])
def test_each_block_costs_four_queries(alice, monkeypatch, tickets, queries):
    monkeypatch.setattr(selectors, "BLOCK", 3)
    for number in range(tickets):
        erasure = open_one(f"{number}@example.org", opened_by=alice).erasures.get()
        answered(erasure, "accepted", 202)

    with CaptureQueriesContext(
        connection,
    ) as captured:
        rows = report()

    assert len(rows) == tickets
    assert len(captured) == queries


def test_whoever_was_kept_off_the_list_is_told_with_the_reason(alice, bob):
    open_one("ann@example.org", opened_by=alice)
    tickets = DeletionTicket.objects.all()
    approve(tickets, sources_paused="paused", not_suppressed="made_up", by=Actor.page(bob), at=NOW)

    (row,) = report()

    assert (row["not_suppressed"], row["suppression_list"]) == ("made_up", None)
