"""Mute now on the ticket's page: who is offered it, and what the card says afterwards."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from apps.tickets.models import SubscriberAct
from tests.tickets.builders import Clock, work

from .conftest import fresh

ALAN = "alan@example.com"


@pytest.fixture
def clock() -> Clock:
    """Pages read the clock, so the ticket is as old as the test."""
    return Clock(datetime.now(UTC))


def page(client, ticket) -> str:
    answer = client.get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk]))
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def press(client, ticket):
    url = reverse("admin:tickets_deletionticket_mute", args=[ticket.pk, fresh(ticket).pk])
    return client.post(url)


def test_support_mutes_and_reads_how_it_stands(client, alice, looked_at, run, clock):
    ticket = looked_at()
    client.force_login(alice)
    assert "Mute now" in page(client, ticket)

    assert press(client, ticket).status_code == 302
    assert "Mute was asked for: it leaves as soon as a worker is free" in page(client, ticket)

    clock.advance(minutes=1)  # the page read the real clock
    act = run(SubscriberAct.objects.get())
    assert "only then is it proof. The deletion waits for that." in page(client, ticket)
    clock.advance(minutes=6)
    run(act)
    told = page(client, ticket)
    assert re.search(r"Muted at \S+, proved by a look at \S+\.", told)
    assert "Mute now" not in told


def test_a_failure_says_what_to_do_next(client, alice, sandbox, looked_at, ask, run):
    ticket = looked_at()
    sandbox.fault(path="commands", status=403, style="json")
    run(ask(ticket))
    client.force_login(alice)

    told = page(client, ticket)

    assert "Mute failed: refused by the vendor, HTTP 403." in told
    assert "Ask an operator to check the account's key and plan" in told.replace("&#x27;", "'")
    assert "Mute now" in told


@pytest.mark.parametrize("person", ["carol", "olga"])
def test_others_are_offered_nothing_and_obeyed_in_nothing(client, looked_at, request, person):
    ticket = looked_at()
    client.force_login(request.getfixturevalue(person))

    assert "Mute now" not in page(client, ticket)
    assert press(client, ticket).status_code == 403
    assert not SubscriberAct.objects.exists()


def test_it_is_not_offered_for_somebody_unsubscribed_or_once_it_was_sent(client, alice, looked_at, clock):
    ticket = looked_at(ALAN)
    client.force_login(alice)
    work(clock)

    assert "Mute now" not in page(client, ticket)
    assert press(client, ticket).status_code == 302
    assert not SubscriberAct.objects.exists()


def test_it_takes_a_token_and_a_post(client, alice, looked_at):
    ticket = looked_at()
    client.force_login(alice)
    url = reverse("admin:tickets_deletionticket_mute", args=[ticket.pk, fresh(ticket).pk])
    assert client.get(url).status_code == 405

    client.handler.enforce_csrf_checks = True

    assert press(client, ticket).status_code == 403
