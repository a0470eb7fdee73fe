"""The shell of the console in a real browser: strict policy, both themes, a narrow screen, and axe."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.console.roles import Role
from tests.browser import assert_accessible, sideways_scroll, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

THEMES = ["light", "dark"]
WIDTHS = [390, 1440]


def test_a_person_logs_in_looks_around_and_logs_out(browser_page, live_server, adam):
    browser_page.goto(live_server.url)
    browser_page.get_by_label("Username").fill("adam")
    browser_page.get_by_label("Password").fill("correct horse battery")
    browser_page.get_by_role("button", name="Log in").click()
    expect(browser_page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(browser_page.locator("#user-tools")).to_contain_text("Administrator")

    browser_page.get_by_role("link", name="People with access").click()
    expect(browser_page.get_by_role("link", name="adam")).to_be_visible()

    browser_page.get_by_role("button", name="Log out").click()
    expect(browser_page.get_by_role("heading", name="Logged out")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["admin:login", "admin:index", "admin:auth_user_changelist", "admin:auth_user_add"])
def test_a_page_is_accessible(browser_page, complaints, live_server, adam, name, theme):
    browser_page.emulate_media(color_scheme=theme)
    if name != "admin:login":
        sign_in(browser_page, live_server.url, adam)

    browser_page.goto(live_server.url + reverse(name))

    assert_accessible(browser_page, complaints)


@pytest.mark.parametrize("theme", THEMES)
def test_the_form_of_a_colleague_is_accessible(browser_page, complaints, live_server, adam, member, theme):
    sam = member("sam", Role.SUPPORT)
    browser_page.emulate_media(color_scheme=theme)
    sign_in(browser_page, live_server.url, adam)

    browser_page.goto(live_server.url + reverse("admin:auth_user_change", args=[sam.pk]))

    assert_accessible(browser_page, complaints)


def test_the_chosen_theme_wins_over_that_of_the_system(browser_page, live_server, adam):
    browser_page.emulate_media(color_scheme="light")
    sign_in(browser_page, live_server.url, adam)
    browser_page.goto(live_server.url + reverse("admin:index"))
    light = background(browser_page)

    browser_page.locator(".theme-toggle").click()  # the first click leaves "auto" for the other theme
    browser_page.wait_for_function("document.documentElement.dataset.theme === 'dark'")

    assert background(browser_page) != light


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["admin:login", "admin:index", "admin:auth_user_changelist", "admin:auth_user_add"])
def test_no_page_scrolls_sideways(browser_page, live_server, adam, name, width):
    browser_page.set_viewport_size({"width": width, "height": 900})
    if name != "admin:login":
        sign_in(browser_page, live_server.url, adam)

    browser_page.goto(live_server.url + reverse(name))

    assert sideways_scroll(browser_page) == 0


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")
