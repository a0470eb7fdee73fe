"""When the storm is over: let time pass until nothing moves by itself, and ask of each ticket why it is not closed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.audit.models import AuditEvent
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.tickets.selectors.cards import Card
from apps.tickets.selectors.due import next_due_at, workable_accounts
from apps.tickets.selectors.pages import load_ticket, ticket_page
from apps.tickets.states import ErasureStatus
from apps.vendors.selectors import configuration_of
from apps.vendors.services.quota import next_slot_at
from tests.sandbox_process import ask
from tests.tickets.builders import Clock, work

A_WHILE = timedelta(minutes=10)  # at least: what is due within it is done together
MOST_STEPS = 200
SILENT, GOES_ON = "says nothing", "goes on by itself"


def look_back(sandbox_port: int) -> dict[str, Any]:
    """Tell why tickets are open, let time pass, tell it again; ``later`` is how many seconds passed."""
    now = datetime.now(UTC)
    told = _reasons(now)
    clock = Clock(now)
    _settle(clock, sandbox_port)
    passed = (clock() - now).total_seconds()
    return {"told": told, "later": passed, "told_at_rest": _reasons(clock()), "numbers": _numbers()}


def _settle(clock: Clock, sandbox_port: int) -> None:
    """Push both clocks to each next moment at which something is due, until there is none."""
    for _ in range(MOST_STEPS):
        work(clock)
        due_at = min(_moments(clock()), default=None)
        if due_at is None:
            return
        passed = max(due_at - clock(), A_WHILE)
        clock.advance(seconds=passed.total_seconds())
        ask(sandbox_port, "POST", "clock", {"advance": passed.total_seconds()})
    raise AssertionError(f"After {MOST_STEPS} steps something still moves.")


def _reasons(now: datetime) -> Counter[str]:
    """Count what the pages of open tickets say of each open erasure; ``SILENT`` is for those that say nothing."""
    told: Counter[str] = Counter()
    for pk in DeletionTicket.objects.open().order_by("pk").values_list("pk", flat=True):
        page = ticket_page(load_ticket(pk), now)
        told.update(_reason(card) for card in page.cards if card.closed_at is None)
    return told


def _numbers() -> dict[str, int]:
    erasures = Erasure.objects.exclude(status=ErasureStatus.NOT_APPLICABLE)
    return {
        "tickets": DeletionTicket.objects.count(),
        "open tickets": DeletionTicket.objects.open().count(),
        "erasures": erasures.count(),
        "erasures sent": erasures.filter(attempts__number=1).count(),
        "attempts": Attempt.objects.count(),
        "workers lost": AuditEvent.objects.filter(action="erasure.worker_died").count(),
    }


def _reason(card: Card) -> str:
    if card.attention:
        return card.attention if card.advice else SILENT
    waits = card.next_step.startswith("Waits")
    return (card.next_step if waits else GOES_ON) if card.next_step else SILENT


def _moments(at: datetime) -> list[datetime]:
    moments = [next_due_at(account, at=at) for account in workable_accounts()]
    moments += [next_slot_at(account, configuration_of(account).options, at=at) for account in workable_accounts()]
    return [max(moment, at) for moment in moments if moment]
