"""An operator's unsubscribe and a deletion of the same person: whichever came first, nobody is created anew."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.suppression.models import SuppressionEntry
from apps.suppression.services import lift
from apps.tickets.models import Erasure
from apps.tickets.selectors.due import next_due_at
from apps.tickets.services.subscribers import command
from apps.vendors.clients.subscribers import Command, Verb
from tests.tickets.builders import ADA, approve_one, open_one, work

from .conftest import fresh


@pytest.fixture
def send(olga):
    """Let an operator send one command."""

    def once(ticket, *, clock, verb: Verb = Verb.UNSUBSCRIBE) -> dict[int, str]:
        wanted = Command(verb, ADA, "vip" if verb is Verb.ADD_TAG else "")
        return command(fresh(ticket).account, [wanted], by=Actor.command(olga), clock=clock).refused

    return once


class During:
    """A clock that lets something happen at its nth reading: after the first, a command has asked the lists."""

    def __init__(self, clock, deed, *, reading: int):
        self._clock, self._deed, self._left = clock, deed, reading

    def __call__(self):
        self._left -= 1
        if not self._left:
            self._deed()
        return self._clock()


@pytest.mark.parametrize("verb", [Verb.UNSUBSCRIBE, Verb.ADD_TAG])
def test_an_approval_during_the_looks_is_heeded(sandbox, looked_at, send, bob, clock, verb):
    sandbox.settings(bento_anonymize_delay=3600)
    ticket = looked_at()

    def approve_and_delete() -> None:
        approve_one(ticket, approved_by=bob, at=clock())
        work(clock)

    refused = send(ticket, clock=During(clock, approve_and_delete, reading=2), verb=verb)

    assert "suppression list" in refused[0]
    assert len(sandbox.deletions(ADA)) == 1
    assert sandbox.journal(action="commands") == []


@pytest.mark.parametrize("verb", [Verb.UNSUBSCRIBE, Verb.ADD_TAG])
def test_a_deletion_on_its_way_is_reason_enough(sandbox, looked_at, send, bob, olga, clock, verb):
    sandbox.settings(bento_anonymize_delay=3600)
    ticket = looked_at()
    approve_one(ticket, approved_by=bob, at=clock())
    work(clock)
    lift(SuppressionEntry.objects.get(), reason="added_in_error", by=Actor.page(olga), at=clock())

    refused = send(ticket, clock=clock, verb=verb)

    assert refused == {0: "a deletion may be on its way here, and after it the command would create the person anew"}
    assert sandbox.journal(action="commands") == []


def test_the_deletion_behind_it_is_due_when_it_has_taken_effect(sandbox, looked_at, send, bob, clock):
    ticket = looked_at()
    assert send(ticket, clock=clock) == {}
    approve_one(ticket, approved_by=bob, at=clock())

    assert fresh(ticket).not_before == clock() + timedelta(minutes=5)
    assert next_due_at(fresh(ticket).account, at=clock()) == clock() + timedelta(minutes=5)

    clock.advance(minutes=5)
    work(clock)
    assert len(sandbox.deletions(ADA)) == 1


def test_the_deletion_of_a_ticket_that_came_later_is_due_then_too(sandbox, looked_at, send, alice, bob, clock):
    assert send(looked_at(), clock=clock) == {}
    clock.advance(minutes=1)
    later = open_one(ADA, opened_by=alice, at=clock())
    work(clock)
    approve_one(later, approved_by=bob, at=clock())
    Erasure.objects.exclude(ticket=later).update(not_before=None)

    assert next_due_at(fresh(later).account, at=clock()) == clock() + timedelta(minutes=4)
