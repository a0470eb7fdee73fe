"""A mute whose ticket is called off: it stays at the vendor, and nothing claims that nothing was sent."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket
from apps.tickets.services.deciding import cancel
from tests.tickets.builders import Clock

NEXT_STEP = "Whoever wants mail again signs up anew"


@pytest.fixture
def clock() -> Clock:
    """Pages read the clock, so the ticket is as old as the test."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def read(client, alice):
    def page(ticket) -> str:
        client.force_login(alice)
        answer = client.get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk]))
        return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())

    return page


@pytest.fixture
def call_off(alice, clock):
    def once(ticket) -> None:
        tickets = DeletionTicket.objects.filter(pk=ticket.pk)
        assert cancel(tickets, text="Withdrawn.", opened_in_error=False, by=Actor.page(alice), at=clock()) == []

    return once


def test_a_muted_person_stays_unsubscribed_and_page_and_form_say_so(looked_at, ask, run, clock, read, call_off):
    ticket = looked_at()
    act = run(ask(ticket))
    clock.advance(minutes=6)
    assert run(act).status == "done"
    stays = r"The person was unsubscribed at Bento at \S+ and stays so\."

    form = read(ticket)
    call_off(ticket)
    closed = read(ticket)

    assert re.search(rf"No deletion was sent yet, and none will be\. {stays} {NEXT_STEP}", form)
    assert re.search(
        rf"Cancelled before any deletion was sent: the request was withdrawn\. {stays} {NEXT_STEP}", closed
    )
    assert "No deletion follows from this ticket, and the person stays unsubscribed." in closed
    assert "nothing was sent" not in closed.lower()


def test_a_mute_in_flight_is_still_checked_and_told(looked_at, ask, run, clock, read, call_off):
    ticket = looked_at()
    act = run(ask(ticket))
    assert act.status == "sent"

    call_off(ticket)
    told = read(ticket)
    clock.advance(minutes=6)

    assert re.search(r"An unsubscribe left for Bento at \S+: it is checked, and what it did stays\.", told)
    assert "The deletion waits" not in told
    assert run(act).status == "done"
    assert re.search(r"The person was unsubscribed at Bento at \S+ and stays so\.", read(ticket))


def test_a_mute_that_had_not_left_is_not_sent_and_no_deletion_is_blamed(sandbox, looked_at, ask, run, read, call_off):
    ticket = looked_at()
    act = ask(ticket)
    call_off(ticket)
    assert "Mute was asked for and has not left: the ticket is closed, so it will not." in read(ticket)

    act = run(act)

    assert (act.status, act.outcome) == ("failed", "overtaken")
    assert sandbox.journal(action="commands") == []
    assert "Mute not sent: the ticket was closed first. The person is as subscribed as before." in read(ticket)


def test_a_refused_mute_is_not_to_be_asked_for_again(sandbox, looked_at, ask, run, read, call_off):
    ticket = looked_at()
    sandbox.fault(path="commands", status=403, style="json")
    run(ask(ticket))
    call_off(ticket)

    told = read(ticket)

    assert "Mute failed: refused by the vendor, HTTP 403. The ticket is closed, so nothing is sent again." in told
    assert "then ask again" not in told


def test_a_mute_that_nobody_could_prove_is_told_as_unknown(sandbox, looked_at, ask, run, clock, read, call_off):
    ticket = looked_at()
    act = run(ask(ticket))
    call_off(ticket)
    sandbox.fault(path="fetch/subscribers", status=500, times=0)
    for _ in range(3):
        clock.advance(minutes=6)
        act = run(act)
    assert act.outcome == "unproved"

    told = read(ticket)

    assert re.search(r"An unsubscribe left for Bento at \S+, and nobody knows whether it worked\.", told)
    assert "Look at the vendor: what stands there stays." in told
