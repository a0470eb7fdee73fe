"""A first look that fails: the approver reads the code, the cause, the tries and the next look before tries run out."""

import re

import pytest
from django.urls import reverse

from apps.tickets.models import Erasure
from tests.tickets.builders import Clock, accounts, erasure_of, open_one, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(as_user, bob):
    def read(ticket) -> str:
        page = as_user(bob).get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk])).text
        return " ".join(re.sub(r"<[^>]+>", " ", page).split())

    return read


@pytest.fixture
def unseen(sandbox, alice, now):
    """Open a ticket at Bento while its finds fail."""

    def make(**fault):
        accounts(sandbox, "bento", tries=3)
        sandbox.fault(path="fetch/subscribers", times=0, **fault)
        ticket = open_one(opened_by=alice, at=now)
        work(Clock(now))
        return ticket

    return make


def test_the_first_failures_are_told_with_code_cause_tries_and_next_look(unseen, card):
    ticket = unseen(status=500)

    told = card(ticket)

    assert "Not looked at yet HTTP 500: the vendor failed at it, or took too long; 1 of 3 tries failed." in told
    assert re.search(r"Next look at \d\d:\d\d\.|The next look follows as soon as a worker is free\.", told)


def test_the_last_failure_says_that_all_tries_are_used(unseen, card, now):
    ticket, clock = unseen(status=500), Clock(now)

    for _ in range(3):
        clock.advance(hours=2)
        work(clock)

    assert erasure_of(ticket).attention == "no_snapshot"
    assert "Could not be looked at HTTP 500: the vendor failed at it, or took too long. All of 3 tries failed." in card(
        ticket
    )


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"status": 429}, "HTTP 429: the vendor is busy; no try is used up. Next look at"),
        ({"status": 401}, "HTTP 401: the key was refused; no try is used up. The next look follows once"),
        ({"wire": "reset"}, "No answer: "),
    ],
)
def test_each_cause_has_its_own_words(unseen, card, fault, told):
    assert told in card(unseen(**fault))


def test_a_look_that_succeeds_takes_the_words_away(sandbox, unseen, card, now):
    ticket, clock = unseen(status=500), Clock(now)
    sandbox.reset()
    clock.advance(hours=2)
    work(clock)

    assert Erasure.objects.get().before
    assert "tries failed" not in card(ticket)
