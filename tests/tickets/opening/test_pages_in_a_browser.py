"""The form and the pages of a file in a real browser, under the policy of every page."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket
from apps.tickets.services.batches import accept_file, open_batch
from tests.browser import assert_accessible, sideways_scroll, sign_in
from tests.constants import NOW
from tests.tickets.desk import opened_by, sync

ADD = reverse("admin:tickets_deletionticket_add")
UPLOAD = reverse("admin:tickets_ticketbatch_add")
PHONE = {"width": 390, "height": 844}

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(browser_page, live_server, alice):
    sync()
    sign_in(browser_page, live_server.url, alice)
    return browser_page


def test_the_form_answers_while_it_is_filled_in_and_asks_before_it_opens(desk, live_server, csp, alice):
    first = opened_by(alice, email="ann@example.org")
    desk.goto(live_server.url + ADD)

    desk.get_by_label("E-mail address").fill("ann@example.org")
    desk.get_by_label("Customer id").focus()
    expect(desk.locator("#already-known")).to_contain_text(first.reference)
    desk.get_by_label("Received: day").fill("2026-01-31")
    desk.get_by_label("Regime").select_option("ccpa")
    expect(desk.locator("#due-date")).to_contain_text("17 March 2026")
    assert_accessible(desk, csp)

    desk.get_by_label("Note").fill("She called twice.")
    desk.get_by_role("button", name="Open the ticket").click()
    expect(desk.get_by_role("alert")).to_contain_text(first.reference)
    expect(desk.get_by_label("Note")).to_have_value("She called twice.")
    assert_accessible(desk, csp)
    desk.get_by_role("button", name="Open all the same").first.click()

    expect(desk.locator(".messagelist")).to_contain_text("is open")
    assert DeletionTicket.objects.count() == 2
    assert "ann" not in desk.url


def test_the_page_of_a_file_follows_the_worker_by_itself(desk, live_server, csp, alice):
    batch = accept_file("email\nann@example.org\nnobody\n", identity_basis="asked", by=Actor.page(alice), at=NOW)
    desk.goto(live_server.url + reverse("admin:tickets_ticketbatch_change", args=[batch.pk]))
    expect(desk.locator(".cc-next")).to_contain_text("A worker takes this file next.")

    open_batch(batch.pk, clock=lambda: NOW)

    expect(desk.locator(".cc-next")).to_have_text("Every row was read: 1 opened, 1 rejected.")
    expect(desk.get_by_role("button", name="Download the rejected rows")).to_be_visible()
    assert_accessible(desk, csp)


@pytest.mark.parametrize("path", [ADD, UPLOAD, reverse("admin:tickets_ticketbatch_changelist")])
def test_the_pages_fit_a_phone(desk, live_server, csp, path):
    desk.set_viewport_size(PHONE)

    desk.goto(live_server.url + path)

    assert sideways_scroll(desk) == 0
    assert_accessible(desk, csp)
