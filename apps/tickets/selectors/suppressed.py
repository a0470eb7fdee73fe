"""Ask the suppression lists when tickets are opened for people."""

from collections.abc import Iterable
from datetime import datetime

from apps.privacy.identifiers import InvalidIdentifier
from apps.privacy.vault import VaultError
from apps.suppression.selectors import Block, answers, blocks
from apps.tickets.models import DeletionTicket
from apps.tickets.rows import Row
from apps.tickets.states import BEFORE_APPROVAL

from .identifiers import identifiers_of


def suppressed_lines(rows: Iterable[Row], *, at: datetime) -> list[int]:
    """Return the lines of those requests whose subject a list holds already; such a ticket is opened all the same."""
    asked = [(row.line, pair) for row in rows if row.request for pair in row.request.identifiers.items()]
    answered = answers((pair for _, pair in asked), at=at)
    return sorted({line for (line, _), answer in zip(asked, answered, strict=True) if answer.hits})


def held_already(ticket: DeletionTicket, *, at: datetime) -> list[Block]:
    """Return what blocks a ticket's identifiers before its approval has; nothing once the ticket was redacted."""
    if ticket.status not in BEFORE_APPROVAL:
        return []
    try:
        return [block for kind, value in identifiers_of(ticket).items() for block in blocks(kind, value, at)]
    except (VaultError, InvalidIdentifier):  # opened under laxer rules, it names nobody whom a list could hold
        return []
