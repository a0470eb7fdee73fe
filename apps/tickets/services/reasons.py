"""Why somebody did something: asked for wherever an act ends or holds back a person's wish."""

from datetime import datetime

from apps.audit.actors import Actor
from apps.privacy.vault import seal
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure, Reason


def require_reason(text: str) -> None:
    """Raise TicketError for a blank reason."""
    if not text.strip():
        raise TicketError("Write a reason: the record has to say why.")


def keep_reason(
    ticket: DeletionTicket, text: str, *, action: str, by: Actor, at: datetime, erasure: Erasure | None = None
) -> None:
    """Seal a reason under the ticket's key, in a row of its own; raises TicketError for a blank one."""
    require_reason(text)
    reason = Reason(ticket=ticket, erasure=erasure, action=action, given_by=by.user, given_at=at)
    reason.sealed = seal(ticket.key, text, name=reason.sealed_name)
    reason.save(force_insert=True)
