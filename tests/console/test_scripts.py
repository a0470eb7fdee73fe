"""The scripts of the console, each on a page of their own under the policy of every page."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route, expect

from apps.console.middleware import POLICY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIVE = """<title>t</title><script src="/static/console/live.js" defer></script>
<section data-live="/part" data-live-every="50"><p class="cc-next">Waiting</p>{extra}</section>"""

CHECK = """<title>t</title><link rel="icon" href="/static/console/logo.svg">
<script src="/static/console/check.js" defer></script>
<form><input type="hidden" name="csrfmiddlewaretoken" value="token">
<label>Email <input name="email" data-check-url="/ask" data-check-target="answer"></label>
<label>Customer <input name="customer_id" data-check-url="/ask" data-check-target="answer"></label>
<label>Note <input name="note"></label></form><div id="answer" class="cc-check"></div>"""


class Part:
    """The part of the page that the server answers with, and how often it was asked."""

    def __init__(self) -> None:
        self.html, self.done, self.asked = '<p class="cc-next">Waiting</p>', False, 0

    def answer(self, route: Route) -> None:
        self.asked += 1
        route.fulfill(body=self.html, content_type="text/html", headers={"X-Live": "done" if self.done else "on"})


@pytest.fixture
def part() -> Part:
    return Part()


def show(page: Page, live_server, html: str) -> None:
    headers = {"Content-Security-Policy": POLICY}
    page.route("**/specimen", lambda route: route.fulfill(body=html, content_type="text/html", headers=headers))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(live_server.url + "/specimen")


def watch(page: Page, live_server, part: Part, extra: str = "") -> None:
    page.route("**/part", part.answer)
    show(page, live_server, LIVE.format(extra=extra))


def test_the_page_shows_and_announces_what_changed(browser_page, live_server, part):
    watch(browser_page, live_server, part)

    part.html = '<p class="cc-next">Bento accepted</p>'

    expect(browser_page.locator("section .cc-next")).to_have_text("Bento accepted")
    expect(browser_page.get_by_role("status")).to_have_text("Bento accepted")


def test_it_stops_asking_once_the_server_says_so(browser_page, live_server, part):
    part.done = True
    watch(browser_page, live_server, part)
    expect(browser_page.locator("section")).to_have_attribute("data-live-state", "done")

    browser_page.wait_for_timeout(300)

    assert part.asked == 1


def test_nothing_is_replaced_while_a_person_fills_in_a_form(browser_page, live_server, part):
    fold = "<details><summary>Deny</summary><form><input aria-label=Reason></form></details>"
    part.html += fold
    watch(browser_page, live_server, part, fold)
    browser_page.get_by_text("Deny").click()
    browser_page.get_by_label("Reason").fill("half a sen")

    part.html = '<p class="cc-next">Bento accepted</p>'
    browser_page.wait_for_timeout(300)

    expect(browser_page.get_by_label("Reason")).to_have_value("half a sen")


def test_an_unreachable_server_is_asked_again_later(browser_page, csp, live_server, part):
    browser_page.route("**/part", lambda route: route.fulfill(status=503, body="busy"))
    show(browser_page, live_server, LIVE.format(extra=""))
    expect(browser_page.locator("section")).to_have_attribute("data-live-state", "lost")

    browser_page.route("**/part", part.answer)

    expect(browser_page.locator("section")).to_have_attribute("data-live-state", "on")
    csp.lines = [line for line in csp.lines if "503" not in line]


def test_identifiers_are_asked_about_by_post_and_nothing_else_is_sent(browser_page, live_server):
    bodies = []

    def answer(route: Route) -> None:
        bodies.append((route.request.method, route.request.url, parse_qs(route.request.post_data)))
        route.fulfill(body="<p>Erased before</p>", content_type="text/html")

    browser_page.route("**/ask", answer)
    show(browser_page, live_server, CHECK)
    browser_page.get_by_label("Note").fill("private")

    browser_page.get_by_label("Email").fill("ann@example.org")
    browser_page.get_by_label("Customer").focus()

    expect(browser_page.locator("#answer")).to_have_text("Erased before")
    sent = {"email": ["ann@example.org"], "csrfmiddlewaretoken": ["token"]}
    assert bodies == [("POST", live_server.url + "/ask", sent)]
