from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from apps.tickets.models import DeletionTicket, Reappearance, Watch
from apps.tickets.services.watching import watch
from tests.sandbox_process import Sandbox
from tests.tickets.builders import ADA, Clock, accounts, approve_one, open_one, work

ALAN = "alan@example.com"  # unsubscribed at both vendors


@pytest.fixture
def clock() -> Clock:
    """The vendors date their records by real time, so a search has to live in it too."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def erased(sandbox: Sandbox, alice, bob, clock) -> Callable[..., DeletionTicket]:
    """Erase somebody at one vendor and read it back: a completed ticket."""

    def make(email: str = ADA, *, vendor: str = "bento", **options) -> DeletionTicket:
        accounts(sandbox, vendor, verify_after="1s", **options)
        ticket = open_one(email, opened_by=alice, at=clock())
        work(clock)
        approve_one(ticket, approved_by=bob, at=clock())
        work(clock)
        clock.advance(seconds=2)
        work(clock)
        ticket.refresh_from_db()
        assert ticket.status == "completed"
        return ticket

    return make


@pytest.fixture
def run(clock) -> Callable[[DeletionTicket], Watch | None]:
    """Let the watch run once for the account of a ticket."""

    def once(ticket: DeletionTicket) -> Watch | None:
        return watch(ticket.erasures.get().account, clock=clock)

    return once


@pytest.fixture
def row(erased, run, sandbox) -> Reappearance:
    """Let Alan come back at Bento, and let the watch find him."""
    ticket = erased(ALAN)
    sandbox.recreate("bento", ALAN)
    run(ticket)
    return Reappearance.objects.get()
