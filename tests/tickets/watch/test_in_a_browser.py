"""The pages of people who came back in a real browser: axe, both themes, a narrow screen, and the one click."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.tickets.models import DeletionTicket
from tests.browser import assert_accessible, sideways_scroll, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = reverse("admin:tickets_reappearance_changelist")
OPEN_ALL = "document.querySelectorAll('#content details').forEach((fold) => { fold.open = true; })"


def page_of(row) -> str:
    return reverse("admin:tickets_reappearance_change", args=[row.pk])


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_are_accessible_and_fit_the_screen(
    browser_page: Page, complaints, live_server, bob, row, theme, width
):
    browser_page.emulate_media(color_scheme=theme)
    browser_page.set_viewport_size({"width": width, "height": 900})
    sign_in(browser_page, live_server.url, bob)

    for address in (LIST, page_of(row)):
        browser_page.goto(live_server.url + address)
        browser_page.evaluate(OPEN_ALL)
        assert sideways_scroll(browser_page) == 0
        assert_accessible(browser_page, complaints)


def test_one_click_opens_the_ticket_that_erases_again(browser_page: Page, live_server, alice, row):
    sign_in(browser_page, live_server.url, alice)
    browser_page.goto(live_server.url + LIST)
    browser_page.get_by_role("link", name="a•••@e•••.com").click()

    browser_page.locator("summary", has_text="Re-imported").click()
    browser_page.get_by_label("Stripe").check()
    browser_page.get_by_label("How do you know").fill("The nightly sync still ran.")
    browser_page.get_by_role("button", name="Erase again").click()

    follow_up = DeletionTicket.objects.latest("pk")
    expect(browser_page.get_by_text(f"{follow_up.reference} erases the person again")).to_be_visible()
    assert follow_up.predecessor == row.ticket
