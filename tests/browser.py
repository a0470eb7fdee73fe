"""Drive the pages in a real browser: every test that takes `browser_page` is also a test of the security policy.

Debian's own chromium is used. Where it is missing these tests are skipped, and the end of the run says so in yellow.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page

CHROMIUM = shutil.which("chromium")
MISSING = "no chromium on this machine (apt-get install chromium)"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Runs before the page's own code. Screenshots and axe add styles of their own, so violations are read before those.
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Complaints:
    """What the browser complained about. `muted` while a tool of the test itself breaks the policy."""

    lines: list[str] = field(default_factory=list)
    muted: bool = False

    def add(self, text: str) -> None:
        if not self.muted:
            self.lines.append(text)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Stand in for the plugin's own, whose form pytest warns about; the tests write full addresses."""


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def csp(page: Page, complaints: Complaints) -> Iterator[Complaints]:
    """Collect violations, console errors and script errors of the page, and assert at the end that there were none."""
    page.add_init_script(LISTEN)
    page.on("console", lambda message: _note(message, complaints))
    page.on("pageerror", lambda error: complaints.add(f"script: {error}"))

    yield complaints

    assert complaints.lines == []


@pytest.fixture
def browser_page(page: Page, csp: Complaints) -> Page:
    """A page on which every violation and every script error fails the test."""
    page.set_default_timeout(10_000)
    return page


def sign_in(page: Page, address: str, user: User) -> None:
    """Give the browser a session of the user without the login page."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])


def assert_accessible(page: Page, complaints: Complaints) -> None:
    """Run axe on the page as it stands, and list each broken rule with the first elements that break it."""
    complaints.muted = True
    found = Axe().run(page).response["violations"]
    complaints.muted = False
    assert [_described(violation) for violation in found] == []


def sideways_scroll(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if MISSING in str(report.longrepr)]
    if skipped:
        terminalreporter.section("BROWSER TESTS SKIPPED", yellow=True, bold=True)
        terminalreporter.write_line(f"{len(skipped)} tests did not run: {MISSING}", yellow=True, bold=True)


def _note(message: ConsoleMessage, complaints: Complaints) -> None:
    if message.type == "error":
        complaints.add(message.text)


def _described(violation: dict[str, Any]) -> str:
    targets = [str(node["target"]) for node in violation["nodes"][:3]]
    return f"{violation['id']} ({len(violation['nodes'])}): {'; '.join(targets)}"
