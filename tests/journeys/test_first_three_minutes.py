"""What a stranger does first: start the demo, open tickets, approve them as somebody else, read the answers."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.demo_process import demos, free_port, logins_of, read_until
from tests.keeper_process import PROCESSES

pytestmark = pytest.mark.skipif(not PROCESSES.exists(), reason="What is left running is read from /proc.")
SOON = 15_000  # milliseconds; the first request leaves within five seconds of the approval


@pytest.fixture
def console(tmp_path):
    """Return the address and the passwords of a running demo."""
    with demos(tmp_path) as start:
        port = free_port()
        welcome = read_until(start(port), "Ctrl-C")
        passwords = {line.split()[0]: line.split()[2] for line in logins_of(welcome)}
        yield f"http://127.0.0.1:{port}", passwords


def test_from_the_first_login_to_what_the_vendors_said(console, browser_page):
    address, passwords = console
    page = browser_page
    log_in(page, address, "alice", passwords)
    known = open_ticket(page, address, "ada@example.com")
    unknown = open_ticket(page, address, "nobody@example.com")
    refused = open_ticket(page, address, "rejected@example.com")

    log_in(page, address, "bob", passwords)
    says(page, known, "Found 1 profile")
    for ticket in (known, unknown, refused):
        approve(page, ticket)

    says(
        page,
        known,
        "202: Queued for anonymization at Bento. Not yet proof.",
        "200: Accepted by Blueshift. Not yet proof.",
    )
    says(page, unknown, "404: No such visitor on this site.")
    says(page, refused, "422: Refused.", "Correct and reopen")
    is_blocked(page, address, "ada@example.com")


def log_in(page: Page, address: str, name: str, passwords: dict[str, str]) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/admin/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(passwords[name])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def open_ticket(page: Page, address: str, email: str) -> str:
    """Open a ticket by the form and return its address, in which the person's does not appear."""
    page.goto(f"{address}/admin/tickets/deletionticket/add/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Checked elsewhere.").check()
    page.get_by_role("button", name="Open the ticket").click()
    expect(page.get_by_role("heading", name=re.compile("DEL-"))).to_be_visible()
    assert "example" not in page.url
    return page.url


def approve(page: Page, ticket: str) -> None:
    page.goto(ticket)
    page.locator("summary", has_text="Approve").click()
    page.get_by_label("Yes, all of them are paused").check()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Approved.")).to_be_visible()


def says(page: Page, ticket: str, *sentences: str) -> None:
    """Wait on the page, which updates itself."""
    page.goto(ticket)
    for sentence in sentences:
        expect(page.get_by_role("main")).to_contain_text(sentence, timeout=SOON)


def is_blocked(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/admin/suppression/suppressionentry/")
    page.get_by_label(re.compile("address", re.IGNORECASE)).first.fill(email)
    page.get_by_role("button", name="Check").first.click()
    expect(page.get_by_role("main")).to_contain_text("Erased", timeout=SOON)
    assert email not in page.url
