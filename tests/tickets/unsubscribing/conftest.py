from collections.abc import Callable

import pytest

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket, Erasure, SubscriberAct
from apps.tickets.services.subscriber_acts import run_due_acts
from apps.tickets.services.unsubscribing import mute
from tests.sandbox_process import Sandbox
from tests.tickets.builders import ADA, Clock, accounts, erasure_of, open_one, work


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def looked_at(sandbox: Sandbox, alice, clock) -> Callable[..., DeletionTicket]:
    """Open a ticket at Bento and take its before snapshot; it waits for approval."""

    def make(email: str = ADA, *, vendor: str = "bento", **options) -> DeletionTicket:
        accounts(sandbox, vendor, **options)
        ticket = open_one(email, opened_by=alice)
        work(clock)
        return ticket

    return make


@pytest.fixture
def ask(alice, clock) -> Callable[[DeletionTicket], SubscriberAct]:
    """Let Alice ask for a mute."""

    def once(ticket: DeletionTicket) -> SubscriberAct:
        return mute(fresh(ticket), by=Actor.page(alice), at=clock())

    return once


@pytest.fixture
def run(clock) -> Callable[[SubscriberAct], SubscriberAct]:
    """Let a worker make every step that is due, and return the act as it stands then."""

    def steps(act: SubscriberAct) -> SubscriberAct:
        while run_due_acts(clock=clock):
            pass
        act.refresh_from_db()
        return act

    return steps


def fresh(ticket: DeletionTicket, account: str = "bento") -> Erasure:
    return erasure_of(ticket, account)
