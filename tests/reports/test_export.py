"""An export: recorded before the first byte, and with its digest after the last one."""

import csv
import hashlib
import io
import json
from datetime import date

import pytest

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.audit.selectors import verify
from apps.reports import services
from apps.reports.models import AuditReport
from apps.reports.orders import Order, Period
from apps.tickets.models import DeletionTicket
from tests.constants import NOW
from tests.reports.builders import bento_account, open_one

pytestmark = pytest.mark.django_db
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


def clock():
    return NOW


@pytest.fixture
def ticket(alice):
    bento_account()
    return open_one("ann@example.org", opened_by=alice)


def export(user, order=None):
    return services.export_period(order or Order(JUNE), by=Actor.page(user), clock=clock)


def last_event():
    return AuditEvent.objects.latest("seq")


def test_it_is_recorded_before_the_first_byte(ticket, carol):
    made = export(carol)

    assert (last_event().action, last_event().subject) == ("report.started", f"report/{made.report.pk}")
    assert last_event().actor == "carol"
    assert last_event().entry["facts"] == {
        "moment": "received_at",
        "from": "2026-06-01",
        "to": "2026-06-30",
        "format": "csv",
        "row_format": 1,
        "with_masks": True,
        "tickets": 1,
    }


def test_read_to_the_end_it_is_finished_with_the_digest_of_its_bytes(ticket, carol):
    made = export(carol)

    file = b"".join(made.chunks)

    report = AuditReport.objects.get()
    assert (report.state, report.tickets, report.rows) == ("finished", 1, 1)
    assert report.sha256 == hashlib.sha256(file).hexdigest()
    assert last_event().action == "report.finished"
    assert last_event().entry["facts"] == {"tickets": 1, "rows": 1, "sha256": report.sha256}
    assert verify().fault is None


def test_broken_off_it_stays_started(ticket, carol):
    made = export(carol)

    next(made.chunks)
    made.chunks.close()

    report = AuditReport.objects.get()
    assert (report.state, report.sha256, report.finished_at) == ("started", "", None)
    assert last_event().action == "report.started"


@pytest.mark.parametrize("person", ["alice", "bob", "olga"])
def test_it_needs_the_right(ticket, person, request):
    user = request.getfixturevalue(person)

    with pytest.raises(NotAllowed, match="may not export audit reports"):
        export(user)

    assert not AuditReport.objects.exists()
    assert last_event().action == "ticket.opened"


def test_a_period_without_tickets_is_a_header(carol):
    file = b"".join(export(carol).chunks)

    assert file.count(b"\n") == 1
    assert AuditReport.objects.get().rows == 0


def test_picked_tickets_need_no_period(ticket, alice, carol):
    open_one("bea@example.org", opened_by=alice)
    picked = DeletionTicket.objects.filter(pk=ticket.pk)

    made = services.export_tickets(picked, Order(), by=Actor.page(carol), clock=clock)

    (row,) = csv.DictReader(io.StringIO(b"".join(made.chunks).decode("utf-8-sig")))
    assert row["reference"] == ticket.reference
    assert (made.report.moment, made.report.first_date) == ("", None)
    assert AuditEvent.objects.get(action="report.started").entry["facts"]["moment"] == "picked"


def test_words_of_others_cannot_become_a_formula(alice, carol):
    bento_account()
    open_one("ann@example.org", opened_by=alice, external_ref="=HYPERLINK(1)")

    (row,) = csv.DictReader(io.StringIO(b"".join(export(carol).chunks).decode("utf-8-sig")))

    assert row["external_ref"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("as_format", ["csv", "jsonl"])
def test_no_report_holds_an_address(ticket, carol, as_format):
    file = b"".join(export(carol, Order(JUNE, as_format)).chunks)

    assert b"ann@" not in file
    assert b"example.org" not in file


def test_json_lines_are_one_object_a_row(ticket, carol):
    (line,) = b"".join(export(carol, Order(JUNE, "jsonl")).chunks).splitlines()

    row = json.loads(line)
    assert (row["reference"], row["late"], row["attempts"]) == (ticket.reference, False, 0)
    assert row["opened_at"] == "2026-06-01T12:00:00Z"
