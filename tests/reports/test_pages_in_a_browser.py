"""The auditor makes a report in a real browser, in both themes and on a narrow screen."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.audit.actors import Actor
from apps.reports import services
from apps.reports.models import AuditReport
from apps.reports.orders import Order, Period
from tests.browser import assert_accessible, sideways_scroll, sign_in
from tests.constants import NOW
from tests.reports.builders import bento_account, open_one

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ["admin:reports_auditreport_changelist", "admin:reports_auditreport_make", "admin:reports_auditreport_change"]


@pytest.fixture
def report(alice, carol) -> AuditReport:
    bento_account()
    open_one("ann@example.org", opened_by=alice)
    order = Order(Period(date(2026, 6, 1), date(2026, 6, 30)))
    made = services.export_period(order, by=Actor.page(carol), clock=lambda: NOW)
    assert b"".join(made.chunks)
    return made.report


def address(live_server, name, report):
    return live_server.url + reverse(name, args=[report.pk] if name.endswith("_change") else [])


def test_the_auditor_downloads_a_report_and_finds_it_in_the_list(browser_page, live_server, carol, report):
    sign_in(browser_page, live_server.url, carol)
    browser_page.goto(address(live_server, NAMES[0], report))
    browser_page.get_by_role("link", name="Make an audit report").click()
    browser_page.get_by_label("From").fill("2026-06-01")
    browser_page.get_by_label("To and including").fill("2026-06-30")

    with browser_page.expect_download() as download:
        browser_page.get_by_role("button", name="Download the report").click()

    digest = hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest()
    assert AuditReport.objects.latest("pk").sha256 == digest
    browser_page.goto(address(live_server, NAMES[0], report))
    expect(browser_page.locator("#result_list tbody tr")).to_have_count(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_accessible(browser_page, complaints, live_server, carol, report, name, theme):
    browser_page.emulate_media(color_scheme=theme)
    sign_in(browser_page, live_server.url, carol)

    browser_page.goto(address(live_server, name, report))

    assert_accessible(browser_page, complaints)


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_wider_than_a_phone(browser_page, live_server, carol, report, name):
    browser_page.set_viewport_size({"width": 390, "height": 844})
    sign_in(browser_page, live_server.url, carol)

    browser_page.goto(address(live_server, name, report))

    assert sideways_scroll(browser_page) == 0
