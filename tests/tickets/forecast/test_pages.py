"""The forecast on screen: before an approval, on a card, in the list, and on the overview."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.services.forecasts import refresh_forecasts
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.services.accounts import pause
from tests.tickets.desk import only, opened_by

from .moments import DAY, FREED_TWICE, HOUR

LIST = reverse("admin:tickets_deletionticket_changelist")


@pytest.fixture
def now() -> datetime:
    """Pages read the clock."""
    return datetime.now(UTC)


@pytest.fixture
def ticket(account, alice, now):
    """Open a ticket, due in so many days, at an account of one deletion a day."""
    account(per_day=1)

    def make(days: float) -> DeletionTicket:
        ticket = opened_by(alice, email=f"person{DeletionTicket.objects.count()}@example.org")
        DeletionTicket.objects.filter(pk=ticket.pk).update(due_at=now + DAY * days)
        return ticket

    return make


def page_of(client, user, ticket: DeletionTicket):
    client.force_login(user)
    return client.get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk]))


def approve_page(client, user, *tickets: DeletionTicket):
    client.force_login(user)
    chosen = {"action": "approve", "index": "0", "_selected_action": [ticket.pk for ticket in tickets]}
    return client.post(LIST, chosen)


def leaves(ticket: DeletionTicket, *, approved_by, at: datetime) -> None:
    DeletionTicket.objects.filter(pk=ticket.pk).update(
        status="approved", approved_by=approved_by, approved_at=at, leaves_at=at, approval_expires_at=at + DAY
    )


def at_clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"


def test_one_ticket_is_forecast_before_the_click(client, bob, ticket, now):
    page = page_of(client, bob, ticket(30))

    assert "The last answer is expected by" in page.text
    assert "Forecast: if approved now, it leaves within minutes and the answer is expected by" in page.text
    assert [told.name for told in page.context["page"].forecast] == ["Finished", "Late"]


def test_one_that_would_be_late_is_told_loudly(client, bob, ticket):
    late = ticket(0.001)

    page = page_of(client, bob, late)

    assert f"{late.reference} would be answered after its due date, " in page.text
    assert "Too late: due on" in page.text


def test_many_tickets_are_forecast_together_before_the_click(client, bob, ticket):
    fine, late = ticket(30), ticket(0.9)
    ticket(0.5)  # not chosen

    page = approve_page(client, bob, fine, late, ticket(0.8))

    assert f"{late.reference} would be answered after its due date, " in page.text


def test_what_others_would_lose_is_told_too(client, bob, ticket, now):
    pushed, chosen = ticket(0.9), ticket(0.5)
    leaves(pushed, approved_by=bob, at=now)

    page = approve_page(client, bob, chosen)

    assert f"{pushed.reference} would be answered after its due date, " in page.text


def test_a_card_tells_the_stored_forecast_and_its_age(client, bob, alice, ticket, now):
    first, second = ticket(1), ticket(30)
    DeletionTicket.objects.update(
        status="approved", approved_by=bob, approved_at=now, leaves_at=now, approval_expires_at=now + DAY * 30
    )
    refresh_forecasts(at=now)

    page = page_of(client, alice, second)

    assert f"Forecast of {at_clock(now)}: it leaves about" in page.text
    assert "Last safe moment to send:" in page.text
    assert "it leaves within minutes" in page_of(client, alice, first).text


def test_the_next_step_names_its_own_slot_and_not_the_accounts(client, bob, alice, ticket, now):
    _, second = ticket(1), ticket(30)
    Usage.objects.create(account=Erasure.objects.first().account, minute=now - HOUR, sends=1)
    DeletionTicket.objects.update(
        status="approved", approved_by=bob, approved_at=now, leaves_at=now, approval_expires_at=now + DAY * 30
    )
    Erasure.objects.update(waiver="waived")
    refresh_forecasts(at=now)

    [card] = page_of(client, alice, second).context["page"].cards

    slot_at = timezone.localtime(now - HOUR + FREED_TWICE)
    assert f"{slot_at.day} " in card.next_step
    assert Erasure.objects.get(ticket=second).forecast_send_at - now > timedelta(days=1)


def test_the_overview_names_the_first_clock_that_breaks_and_links_to_it(client, alice, ticket, now):
    ticket(5)
    late, fine = ticket(0.5), ticket(30)
    DeletionTicket.objects.filter(pk=fine.pk).update(urgent=True)
    refresh_forecasts(at=now)
    client.force_login(alice)

    page = client.get(reverse("admin:index"))

    [card] = [card for card in page.context["cards"] if card.title == "Late by forecast"]
    [outlook] = page.context["outlooks"]
    assert (card.figure, card.tone) == (1, "bad")
    assert card.note.startswith("first due date missed: ")
    assert (outlook.account, outlook.waiting, outlook.missed != "") == ("bento", 3, True)
    assert list(client.get(card.url).context["cl"].queryset) == [late]
    assert client.get(outlook.url).context["cl"].result_count == 3
    assert only(late).get().reference in client.get(f"{outlook.url}&due=late").text


def test_an_overview_without_a_backlog_says_nothing_of_one(client, alice, account):
    account()
    client.force_login(alice)

    page = client.get(reverse("admin:index"))

    assert page.context["outlooks"] == []
    assert "Backlog" not in page.text


def test_who_sees_no_tickets_sees_no_backlog(client, ticket, now, django_user_model):
    ticket(1)
    refresh_forecasts(at=now)
    client.force_login(django_user_model.objects.create_user("adam", is_staff=True))

    assert client.get(reverse("admin:index")).context["outlooks"] == []


def test_while_the_account_is_paused_an_approval_says_on_what_its_forecast_depends(client, bob, alice, ticket, now):
    first, chosen = ticket(0.01), ticket(30)
    leaves(first, approved_by=bob, at=now)
    pause(VendorAccount.objects.get(), VendorAccount.Pause.BY_HAND, by=Actor.worker(), at=now)

    page = page_of(client, bob, chosen)

    told = {line.name: line.text for line in page.context["page"].forecast}
    assert told["Finished"].endswith("if the account is resumed now.")
    assert first.reference in told["Approved before"]


def test_an_approval_says_that_the_account_does_not_answer(client, bob, ticket, now):
    chosen = ticket(30)
    VendorAccount.objects.update(broken_at=now)

    assert "The account does not answer as documented" in page_of(client, bob, chosen).text


def test_the_share_of_urgent_tickets_is_told_before_the_click(client, bob, alice, account):
    account(per_day=10, urgent=4)
    chosen = opened_by(alice, email="ada@example.org")

    assert "10 of 10 a day are left, 4 of them for urgent tickets" in page_of(client, bob, chosen).text


def test_the_age_of_a_forecast_is_never_before_the_approval_that_made_it(client, bob, ticket, now):
    first = ticket(30)
    refresh_forecasts(at=now - HOUR)
    leaves(first, approved_by=bob, at=now)
    Erasure.objects.update(forecast_send_at=now + DAY, forecast_at=now + DAY)

    page = page_of(client, bob, first)

    assert f"Forecast of {at_clock(now - HOUR)}" not in page.text
    assert "Forecast of" in page.text
