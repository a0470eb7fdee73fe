"""How long a ticket has, in words. The due date raises flags and never stops work."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .models import DeletionTicket
from .moments import day, span
from .regimes import Regime

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Deadline:
    due_at: datetime
    day: str
    left: str
    tone: str
    notes: tuple[str, ...] = ()


def deadline(ticket: DeletionTicket, now: datetime) -> Deadline:
    """Say when a ticket is due and what is left; a closed one has nothing left to say."""
    left, tone = ("", "") if ticket.is_closed else _left(ticket.due_at - now)
    return Deadline(ticket.due_at, day(ticket.due_at), left, tone, tuple(_notes(ticket)))


def has_internal_target(ticket: DeletionTicket) -> bool:
    """Tell whether no law names this due date: LGPD gives none, and nobody asked for what the console's owner opens."""
    return ticket.own_initiative or ticket.regime == Regime.LGPD


def _left(time: timedelta) -> tuple[str, str]:
    if time < timedelta(0):
        return f"{span(time)} overdue", "bad"
    return f"{span(time)} left", "warn" if time <= SOON else ""


def _notes(ticket: DeletionTicket) -> list[str]:
    notes = ["internal target"] if has_internal_target(ticket) else []
    return notes + (["receipt assumed"] if ticket.received_assumed else [])
