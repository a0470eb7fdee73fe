"""What an upstream system may read: the tickets that it opened itself."""

from datetime import datetime

from apps.api.models import ApiToken
from apps.api.scopes import Scope
from apps.audit.actors import Actor
from apps.suppression.selectors import answers
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.requests import Request
from apps.tickets.standings import erasure_standing, ticket_standing
from apps.tickets.states import Resolution

from .opendsr import opendsr_status

_SEALED = ("before__sealed", "after__sealed", "gathered", "targets")


def ticket_state(reference: str, *, by: Actor) -> dict[str, object] | None:
    """Return where a ticket stands in this console's words and in OpenDSR's; None where the actor did not open it."""
    by.require("tickets.view_deletionticket")
    ticket = DeletionTicket.objects.select_related("cover").filter(reference=reference, opened_by=by.user).first()
    return ticket and {
        **opened(ticket),
        "resolution": ticket.resolution,
        "resolution_words": str(Resolution(ticket.resolution).label) if ticket.resolution else "",
        "opendsr_status": opendsr_status(ticket).value,
        "on_hold": ticket.on_hold,
        "closed_at": ticket.closed_at,
        "covered_by": ticket.cover.reference if ticket.cover else "",
        "erasures": [_erasure(erasure, ticket) for erasure in _erasures(ticket)],
    }


def opened(ticket: DeletionTicket) -> dict[str, object]:
    """Return what whoever opened it has to know."""
    return {
        "reference": ticket.reference,
        "status": ticket.status,
        "status_words": ticket_standing(ticket.status, ticket.resolution).word,
        "received_at": ticket.received_at,
        "due_at": ticket.due_at,
    }


def opened_by_token(token: ApiToken, ticket: DeletionTicket, asked: Request, *, at: datetime) -> dict[str, object]:
    """Return what `opened` does, and only where the token may check, whether a list blocks the subject now."""
    if Scope.CHECK not in token.scopes:
        return opened(ticket)
    blocked = any(answer.hits for answer in answers(asked.identifiers.items(), at=at))
    return {**opened(ticket), "suppressed": blocked}


def _erasures(ticket: DeletionTicket) -> list[Erasure]:
    rows = ticket.erasures.select_related("account", "before", "after").defer(*_SEALED)
    return list(rows.order_by("account__name", "kind"))


def _erasure(erasure: Erasure, ticket: DeletionTicket) -> dict[str, object]:
    standing = erasure_standing(erasure, ticket_closed=ticket.is_closed)
    return {
        "account": erasure.account.name,
        "vendor": erasure.account.vendor,
        "kind": erasure.kind,
        "status": erasure.status,
        "words": standing.sentence,
        "forecast_at": erasure.forecast_at,
        "accepted_at": erasure.accepted_at,
        "verified_at": erasure.verified_at,
        "closed_at": erasure.closed_at,
    }
