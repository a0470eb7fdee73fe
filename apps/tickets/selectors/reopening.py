"""What a reopened ticket starts from."""

from collections.abc import Mapping

from apps.privacy.vault import unseal
from apps.tickets.models import DeletionTicket
from apps.tickets.requests import Request

from .identifiers import identifiers_of


def request_again(ticket: DeletionTicket, *, corrected: Mapping[str, str], identity_basis: str) -> Request:
    """Return the ticket's request with its original dates; ``corrected`` replaces identifiers kind by kind.

    What nobody asked for stays the console's own. Raises Shredded once the ticket was redacted. A date of receipt that
    was assumed stays the same moment.
    """
    return Request(
        identifiers={**identifiers_of(ticket), **corrected},
        identity_basis=ticket.identity_basis if ticket.own_initiative else identity_basis,
        requested_at=ticket.requested_at,
        received_at=ticket.received_at,
        regime=ticket.regime,
        channel=ticket.channel,
        urgent=ticket.urgent,
        own_initiative=ticket.own_initiative,
        external_ref=ticket.external_ref,
        language=ticket.language,
        country=ticket.country,
        requester=ticket.requester,
        note=_text(ticket, "note"),
        original_request=_text(ticket, "original_request"),
    )


def _text(ticket: DeletionTicket, field: str) -> str:
    sealed = getattr(ticket, field)
    return unseal(ticket.key, sealed, name=f"ticket.{field}") if sealed else ""
