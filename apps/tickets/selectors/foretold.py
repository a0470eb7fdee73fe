"""What the stored forecast says of one erasure on its page. Reads loaded rows only."""

from dataclasses import replace
from datetime import datetime

from apps.tickets.foretelling import Foretold, foretell
from apps.tickets.hurdles import Hurdle, hurdle_of_account, hurdle_of_erasure, hurdle_of_ticket
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.moments import clock
from apps.tickets.sharing import is_choice_open
from apps.tickets.states import SENDABLE_ERASURE, TicketStatus


def foretold(ticket: DeletionTicket, erasure: Erasure, now: datetime) -> Foretold | None:
    """Say the forecast and its age; None where there is none, or time has overtaken it."""
    answer_at = erasure.forecast_at
    if ticket.is_closed or not erasure.is_open or answer_at is None or answer_at <= now:
        return None
    send_at = erasure.forecast_send_at if erasure.status in SENDABLE_ERASURE else None
    told = foretell(_hurdle(ticket, erasure), send_at, answer_at, ticket.due_at, now)
    return replace(told, name=_age(ticket, erasure, now))


def _hurdle(ticket: DeletionTicket, erasure: Erasure) -> Hurdle:
    account, is_unsent = erasure.account, erasure.status in SENDABLE_ERASURE
    of_account = hurdle_of_account(is_active=account.is_active, is_paused=account.is_paused)
    if of_account == Hurdle.ACCOUNT_GONE:
        return of_account
    of_ticket = hurdle_of_ticket(ticket.status, on_hold=ticket.on_hold and is_unsent)
    choice_is_open = is_choice_open(erasure)
    return (
        of_ticket or hurdle_of_erasure(erasure.status, erasure.attention, choice_is_open=choice_is_open) or of_account
    )


def _age(ticket: DeletionTicket, erasure: Erasure, now: datetime) -> str:
    """A ticket that waits for approval is forecast when its page is made."""
    made = getattr(erasure.account, "outlook", None)
    if ticket.status == TicketStatus.PENDING_APPROVAL or made is None:
        return "Forecast"
    written = (made.made_at, ticket.approved_at)  # approval writes the forecast of what it approves
    return f"Forecast of {clock(max(moment for moment in written if moment), now)}"
