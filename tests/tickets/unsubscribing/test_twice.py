"""Bento takes minutes over an unsubscribe. A second one meanwhile would move the date, so it is refused."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.tickets.errors import TicketError
from apps.tickets.models import SentUnsubscribe
from apps.tickets.selectors.due import sends
from apps.tickets.services.subscribers import command
from apps.tickets.services.sweeping import sweep
from apps.vendors.clients.errors import VendorError
from apps.vendors.clients.subscribers import Command, Verb
from apps.vendors.models import VendorAccount
from tests.tickets.builders import ADA, accounts, approve_one, open_one, rotate_peppers, work

from .conftest import fresh

WORDS = (
    "an unsubscribe was sent to this address at 12:00 by {}, and a second one would move the date:"
    " it may be repeated from 12:05 on, after a fresh look"
)


@pytest.fixture
def slow(sandbox, db):
    sandbox.settings(bento_command_delay=3600)
    return accounts(sandbox, "bento")[0]


@pytest.fixture
def unsubscribe(olga, clock):
    """Let an operator send one at a shell or from a script."""

    def send(*emails: str) -> dict[int, str]:
        commands = [Command(Verb.UNSUBSCRIBE, email) for email in emails or (ADA,)]
        return command(VendorAccount.objects.get(), commands, by=Actor.command(olga), clock=clock).refused

    return send


def left(sandbox) -> int:
    return len(sandbox.journal(action="commands"))


def test_a_second_command_is_refused_until_the_first_has_taken_effect(sandbox, slow, unsubscribe, clock):
    assert unsubscribe() == {}
    clock.advance(minutes=4, seconds=59)

    assert unsubscribe() == {0: WORDS.format("olga")}
    assert left(sandbox) == 1

    clock.advance(seconds=1)
    assert unsubscribe() == {}
    assert left(sandbox) == 2


def test_two_spellings_of_one_address_in_one_call_are_one_person(sandbox, slow, unsubscribe):
    sandbox.add("bento", "ADA@example.com")

    assert unsubscribe(ADA, "ADA@example.com") == {1: WORDS.format("olga")}


def test_the_first_is_known_after_a_new_pepper(slow, unsubscribe, settings):
    unsubscribe()
    rotate_peppers(settings)

    assert unsubscribe() == {0: WORDS.format("olga")}


def test_other_commands_and_other_people_are_not_held_back(sandbox, slow, unsubscribe, olga, clock):
    unsubscribe()

    assert unsubscribe("linus+news@example.com") == {}
    tag = Command(Verb.ADD_TAG, ADA, "vip")
    assert command(slow, [tag], by=Actor.command(olga), clock=clock).refused == {}


@pytest.mark.parametrize(("status", "again"), [(429, {}), (401, {}), (500, {0: WORDS.format("olga")})])
def test_what_the_vendor_refused_counts_for_nothing(sandbox, slow, unsubscribe, clock, status, again):
    sandbox.fault(path="fetch/commands", status=status, times=1)
    with pytest.raises(VendorError):
        unsubscribe()
    VendorAccount.objects.update(wait_until=None)

    assert unsubscribe() == again


def test_a_mute_after_a_command_is_refused_when_it_is_asked_for(sandbox, slow, looked_at, ask, unsubscribe):
    ticket = looked_at()
    unsubscribe()

    with pytest.raises(TicketError) as refusal:
        ask(ticket)

    assert str(refusal.value) == f"A{WORDS.format('olga')[1:]}."


def test_a_mute_that_a_command_overtook_is_not_sent(sandbox, slow, looked_at, ask, run, unsubscribe):
    act = ask(looked_at())
    unsubscribe()

    act = run(act)

    assert (act.status, act.outcome, left(sandbox)) == ("failed", "sent_before", 1)


def test_a_command_after_a_mute_is_refused_whichever_pepper_came_between(
    sandbox, slow, looked_at, ask, run, unsubscribe, settings
):
    run(ask(looked_at()))
    rotate_peppers(settings)

    assert unsubscribe() == {0: WORDS.format("alice")}
    assert left(sandbox) == 1


def test_the_mute_of_another_ticket_is_refused_too(slow, looked_at, ask, run, alice, clock):
    run(ask(looked_at()))
    other = open_one(ADA, opened_by=alice)
    work(clock)

    with pytest.raises(TicketError, match="sent to this address at 12:00 by alice"):
        ask(other)


def test_a_deletion_waits_until_the_command_has_taken_effect(slow, looked_at, unsubscribe, bob, clock):
    ticket = looked_at()
    unsubscribe()
    approve_one(ticket, approved_by=bob, at=clock())

    assert not sends(fresh(ticket).account, at=clock()).exists()
    assert sends(fresh(ticket).account, at=clock() + timedelta(minutes=5)).exists()


def test_nothing_of_the_address_is_kept_once_it_took_effect(slow, unsubscribe, clock):
    unsubscribe()
    sweep(at=clock())
    assert SentUnsubscribe.objects.exists()

    clock.advance(minutes=5)
    sweep(at=clock())

    assert not SentUnsubscribe.objects.exists()
