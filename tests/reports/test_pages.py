"""The pages: a list that nobody edits, a form that answers with a file, and an action for picked tickets."""

import csv
import hashlib
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.reports.models import AuditReport
from tests.reports.builders import bento_account, open_one

pytestmark = pytest.mark.django_db
LIST = "admin:reports_auditreport_changelist"
MAKE = "admin:reports_auditreport_make"
TICKETS = "admin:tickets_deletionticket_changelist"
WISH = {
    "moment": "received_at",
    "first_date": "2026-06-01",
    "last_date": "2026-06-30",
    "as_format": "csv",
    "with_masks": "on",
}


@pytest.fixture
def ticket(alice):
    bento_account()
    return open_one("ann@example.org", opened_by=alice)


def pick(client, ticket):
    return client.post(reverse(TICKETS), {"action": "export_report", "_selected_action": ticket.pk})


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_the_auditor_downloads_a_period(client, carol, ticket):
    client.force_login(carol)

    answer = client.post(reverse(MAKE), WISH)

    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    file = answer.getvalue()
    report = AuditReport.objects.get()
    assert answer["Content-Disposition"] == f'attachment; filename="audit-report-{report.pk}.csv"'
    assert report.sha256 == hashlib.sha256(file).hexdigest()
    assert (report.made_by, report.via, report.state) == (carol, "page", "finished")


def test_the_form_proposes_the_month_before(client, carol):
    client.force_login(carol)

    page = client.get(reverse(MAKE))

    assert page.status_code == 200
    assert page.context["form"].initial["first_date"].day == 1
    assert 'type="date"' in page.text


def test_a_period_that_ends_before_it_begins_is_explained(client, carol):
    client.force_login(carol)

    page = client.post(reverse(MAKE), WISH | {"last_date": "2026-05-01"})

    assert page.status_code == 200
    assert "The period ends before it begins." in page.text
    assert not AuditReport.objects.exists()


def test_machines_get_json_lines(client, carol, ticket):
    client.force_login(carol)

    answer = client.post(reverse(MAKE), WISH | {"as_format": "jsonl"})

    assert answer["Content-Type"] == "application/x-ndjson"
    assert answer.getvalue().startswith(b'{"format_version":1,')


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("person", ["alice", "bob", "olga"])
def test_others_make_no_report(client, ticket, request, person, method):
    client.force_login(request.getfixturevalue(person))

    answer = getattr(client, method)(reverse(MAKE), WISH)

    assert answer.status_code == 403
    assert not AuditReport.objects.exists()


def test_a_report_needs_a_token(client, carol):
    client.force_login(carol)
    client.handler.enforce_csrf_checks = True

    assert client.post(reverse(MAKE), WISH).status_code == 403


def test_picked_tickets_alone_are_reported(client, carol, alice, ticket):
    open_one("bea@example.org", opened_by=alice)
    client.force_login(carol)

    rows = rows_of(pick(client, ticket))

    assert [row["reference"] for row in rows] == [ticket.reference]
    assert AuditEvent.objects.filter(action="report.started", actor="carol").count() == 1


@pytest.mark.parametrize("person", ["alice", "bob", "olga"])
def test_the_action_is_neither_shown_to_others_nor_obeyed(client, ticket, request, person):
    client.force_login(request.getfixturevalue(person))

    assert "export_report" not in client.get(reverse(TICKETS)).text
    pick(client, ticket)

    assert not AuditReport.objects.exists()


def test_only_tickets_have_the_action(client, carol, ticket):
    client.force_login(carol)

    assert "export_report" in client.get(reverse(TICKETS)).text
    assert "export_report" not in client.get(reverse(LIST)).text


@pytest.mark.parametrize(("person", "offered"), [("carol", True), ("bob", False), ("olga", False)])
def test_the_list_offers_to_make_one_to_those_who_may(client, request, person, offered):
    client.force_login(request.getfixturevalue(person))

    page = client.get(reverse(LIST)).text

    assert (reverse(MAKE) in page) is offered


def test_support_does_not_see_the_list(client, alice):
    client.force_login(alice)

    assert client.get(reverse(LIST)).status_code == 403


def test_the_list_and_the_page_of_a_report_tell_what_left(client, carol, ticket):
    client.force_login(carol)
    client.post(reverse(MAKE), WISH).getvalue()
    client.post(reverse(MAKE), WISH)  # nobody reads it to the end
    finished, started = AuditReport.objects.order_by("pk")

    listing = client.get(reverse(LIST), {"state__exact": "finished"}).text
    page = client.get(reverse("admin:reports_auditreport_change", args=[finished.pk])).text

    assert finished.reference in listing
    assert started.reference not in listing
    assert finished.sha256 in page
    assert "Received 2026-06-01 to 2026-06-30" in page


def test_not_even_a_superuser_changes_a_report(client, admin_user, ticket):
    client.force_login(admin_user)
    client.post(reverse(MAKE), WISH).getvalue()
    stored = list(AuditReport.objects.values())
    pk = stored[0]["id"]

    answers = [
        client.get(reverse("admin:reports_auditreport_add")),
        client.post(reverse("admin:reports_auditreport_change", args=[pk]), {"rows": 9}),
        client.post(reverse("admin:reports_auditreport_delete", args=[pk]), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert list(AuditReport.objects.values()) == stored
    assert not LogEntry.objects.exists()


def test_a_hidden_column_cannot_be_guessed_through_the_address_line(client, carol):
    client.force_login(carol)

    assert client.get(reverse(LIST), {"sha256__startswith": "a"}).status_code in {302, 400}
