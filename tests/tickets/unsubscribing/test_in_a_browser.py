"""A card with a mute in a real browser: axe, both themes, a narrow screen."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser import assert_accessible, sideways_scroll, sign_in
from tests.tickets.builders import Clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clock() -> Clock:
    """Pages read the real clock."""
    return Clock(datetime.now(UTC))


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_somebody_is_muted_by_two_clicks_and_the_card_says_how_it_stands(
    browser_page: Page, complaints, live_server, bob, sandbox, looked_at, ask, run, theme, width
):
    failed, asked = looked_at(), looked_at("linus+news@example.com")
    sandbox.fault(path="commands", status=403, style="json")
    run(ask(failed))
    browser_page.emulate_media(color_scheme=theme)
    browser_page.set_viewport_size({"width": width, "height": 900})
    sign_in(browser_page, live_server.url, bob)

    browser_page.goto(live_server.url + reverse("admin:tickets_deletionticket_change", args=[asked.pk]))
    browser_page.locator("summary", has_text="Mute now").click()
    browser_page.get_by_role("button", name="Mute now").click()
    expect(browser_page.get_by_text("Mute was asked for: it leaves")).to_be_visible()
    assert_fits(browser_page, complaints)

    browser_page.goto(live_server.url + reverse("admin:tickets_deletionticket_change", args=[failed.pk]))
    expect(browser_page.get_by_text("Mute failed: refused by the vendor, HTTP 403.")).to_be_visible()
    assert_fits(browser_page, complaints)


def assert_fits(page: Page, complaints) -> None:
    assert sideways_scroll(page) == 0
    assert_accessible(page, complaints)
