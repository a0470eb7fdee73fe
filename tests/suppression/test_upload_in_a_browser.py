"""A file goes up, and its page follows the worker without being loaded again: strict policy, both themes."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.suppression.models import SuppressionImport
from apps.suppression.services import work_imports
from tests.browser import assert_accessible, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_of_an_import_follows_the_worker(browser_page, complaints, live_server, alice, theme):
    browser_page.emulate_media(color_scheme=theme)
    sign_in(browser_page, live_server.url, alice)
    browser_page.goto(live_server.url + reverse("admin:suppression_import"))
    assert_accessible(browser_page, complaints)
    content = b"ann@example.org\nbob@example.org\nnonsense\n"
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": content}
    browser_page.locator("input[type=file]").set_input_files(file)

    browser_page.get_by_role("button", name="Upload and import").click()
    expect(browser_page.locator(".cc-next")).to_contain_text("A worker takes this file next")
    work_imports(clock=lambda: datetime.now(UTC))

    expect(browser_page.locator(".cc-next")).to_contain_text("2 added, 0 known before, 1 refused")
    expect(browser_page.get_by_role("link", name="Download the refused lines")).to_be_visible()
    assert SuppressionImport.objects.get().finished_at
    assert_accessible(browser_page, complaints)
