"""The list and the ticket page in a real browser: axe, both themes, a narrow screen, and a page that keeps fresh."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.privacy.vault import seal
from apps.tickets.models import Attempt, Erasure
from tests.browser import assert_accessible, sideways_scroll, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.sample, pytest.mark.django_db(transaction=True)]

LIST = reverse("admin:tickets_deletionticket_changelist")
OPEN_ALL = "document.querySelectorAll('main details, #content details').forEach((fold) => { fold.open = true; })"


def page_of(ticket) -> str:
    return reverse("admin:tickets_deletionticket_change", args=[ticket.pk])


@pytest.fixture
def answered(rejected, now) -> Erasure:
    """A 422 with the vendor's words."""
    attempt = Attempt(erasure=rejected, number=1, fence=1, started_at=now, answered_at=now, milliseconds=412)
    attempt.outcome, attempt.http_status, attempt.request_id = "rejected", 422, "0f" * 16
    attempt.words = seal(rejected.ticket.key, '{"error": "no"}', name=attempt.words_name)
    attempt.save(force_insert=True)
    return rejected


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_are_accessible_and_fit_the_screen(
    browser_page: Page, complaints, live_server, bob, answered, opened, theme, width
):
    waiting = opened("bea@example.org")
    browser_page.emulate_media(color_scheme=theme)
    browser_page.set_viewport_size({"width": width, "height": 900})
    sign_in(browser_page, live_server.url, bob)

    for address in (LIST, page_of(waiting), page_of(answered.ticket)):
        browser_page.goto(live_server.url + address)
        browser_page.evaluate(OPEN_ALL)
        assert sideways_scroll(browser_page) == 0
        assert_accessible(browser_page, complaints)


def test_on_a_narrow_screen_all_tickets_of_the_list_are_chosen_at_once(browser_page: Page, live_server, bob, opened):
    opened("bea@example.org"), opened("cleo@example.org")
    browser_page.set_viewport_size({"width": 390, "height": 900})
    sign_in(browser_page, live_server.url, bob)
    browser_page.goto(live_server.url + LIST)

    browser_page.get_by_label("Select all").click()

    expect(browser_page.locator("#result_list .action-select:checked")).to_have_count(2)
    box = browser_page.locator("#action-toggle").bounding_box()
    assert box["x"] + box["width"] <= 390


def test_a_422_is_found_on_the_list_and_closed_with_a_reason(browser_page: Page, live_server, bob, answered):
    sign_in(browser_page, live_server.url, bob)
    browser_page.goto(live_server.url + LIST)
    browser_page.get_by_role("link", name="422", exact=True).click()
    browser_page.get_by_role("link", name=answered.ticket.reference).click()
    expect(browser_page.locator(".cc-next")).to_have_text("Bento needs a person: rejected by the vendor.")
    expect(browser_page.locator(".cc-words").first).to_have_text('{"error": "no"}')

    browser_page.locator("summary", has_text="Close as not erased").click()
    browser_page.get_by_label("Reason").locator("visible=true").fill("Bento cannot take this one.")
    browser_page.get_by_role("button", name="Close as not erased").click()

    expect(browser_page.get_by_text("Closed as not erased here.")).to_be_visible()
    assert Erasure.objects.get(pk=answered.pk).closed_at is not None


def test_the_approver_answers_the_question_and_approves(browser_page: Page, live_server, bob, ticket):
    sign_in(browser_page, live_server.url, bob)
    browser_page.goto(live_server.url + page_of(ticket))

    browser_page.locator("summary", has_text="Approve").click()
    browser_page.get_by_label("Yes, all of them are paused").check()
    browser_page.get_by_role("button", name="Approve", exact=True).click()

    expect(browser_page.locator(".cc-ticket-head")).to_contain_text("Approved")
    expect(browser_page.get_by_text("is blocked on").first).to_be_visible()


def test_the_page_changes_by_itself_and_keeps_what_is_being_written(browser_page: Page, live_server, bob, answered):
    sign_in(browser_page, live_server.url, bob)
    browser_page.goto(live_server.url + page_of(answered.ticket))
    chip = browser_page.locator(f"#erasure-{Erasure.objects.get(account__name='blueshift').pk} .cc-card__head .cc-chip")
    expect(chip).to_have_text("accepted")

    Erasure.objects.filter(account__name="blueshift").update(status="still_present", attention="still_present")

    expect(chip).to_have_text("still present")
