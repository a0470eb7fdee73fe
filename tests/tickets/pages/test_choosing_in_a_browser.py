"""The choice between profiles that share an address, in a real browser on a narrow screen."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.tickets.models import Erasure
from tests.browser import assert_accessible, sideways_scroll, sign_in
from tests.tickets.builders import Clock, accounts, open_one, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MARGARET = "margaret@example.com"  # 2001, 2002 and one without a customer id


def test_one_profile_is_ticked_and_the_ticket_approved(
    browser_page: Page, complaints, live_server, sandbox, alice, bob, now
):
    accounts(sandbox, "blueshift")
    ticket = open_one(MARGARET, opened_by=alice, at=now)
    work(Clock(now))
    browser_page.set_viewport_size({"width": 390, "height": 900})
    sign_in(browser_page, live_server.url, bob)
    browser_page.goto(live_server.url + reverse("admin:tickets_deletionticket_change", args=[ticket.pk]))

    browser_page.locator("summary", has_text="Choose profiles").click()
    assert sideways_scroll(browser_page) == 0
    assert_accessible(browser_page, complaints)
    assert_accessible(browser_page, complaints)
    browser_page.get_by_label("Only the ticked ones belong to this person").check()
    browser_page.locator("input[type=checkbox][name=uuids]").first.check()
    browser_page.get_by_role("button", name="Choose profiles").click()

    expect(
        browser_page.get_by_text("1 profile ticked for erasure; 2 profiles left alone").locator("visible=true")
    ).to_be_visible()
    browser_page.locator("summary", has_text="Approve").first.click()
    browser_page.get_by_label("Yes, all of them are paused").check()
    browser_page.get_by_role("button", name="Approve").click()

    expect(browser_page.locator(".cc-ticket-head")).to_contain_text("Approved")
    assert Erasure.objects.get().choice == "ticked"
