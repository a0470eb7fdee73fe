"""One line of the ticket list, as plain values."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from apps.tickets.attention import Attention
from apps.tickets.meanings import NO_CODE
from apps.tickets.models import DeletionTicket, Erasure, TicketIdentifier
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.standings import erasure_standing
from apps.tickets.states import ErasureStatus

_SEALED = ("note", "original_request")
_SEALED_LOOKS = ("before__sealed", "after__sealed")


@dataclass(frozen=True)
class Chip:
    """A word with its tone; ``hint`` says more on hover."""

    text: str
    tone: str
    hint: str = ""


def with_rows(tickets: DeletionTicketQuerySet) -> DeletionTicketQuerySet:
    """Load what a line shows in three queries, whatever the number of lines; sealed words stay where they are."""
    erasures = Erasure.objects.select_related("account", "before", "after").defer(*_SEALED_LOOKS)
    identifiers = TicketIdentifier.objects.only("ticket", "kind", "masked").order_by("pk")
    return tickets.defer(*_SEALED).prefetch_related(
        Prefetch("erasures", erasures.order_by("account__name", "pk")), Prefetch("identifiers", identifiers)
    )


def subject(ticket: DeletionTicket) -> str:
    """Return the masked identifiers, the address first."""
    rows = sorted(ticket.identifiers.all(), key=lambda row: row.kind != "email")
    return ", ".join(row.masked for row in rows)


def vendor_chips(ticket: DeletionTicket) -> list[Chip]:
    """Return one chip per account, for the erasure there that matters most."""
    accounts: dict[str, list[Erasure]] = {}
    for erasure in ticket.erasures.all():
        accounts.setdefault(erasure.account.name, []).append(erasure)
    return [_chip(name, max(erasures, key=_weight), ticket.is_closed) for name, erasures in accounts.items()]


def marks(ticket: DeletionTicket) -> list[Chip]:
    """Return what makes a ticket unlike others: urgent, held, or waiting for a person."""
    found = [Chip("urgent", "warn")] if ticket.urgent else []
    if ticket.on_hold and not ticket.is_closed:
        found.append(Chip("on hold", "warn"))
    reasons = _unique(e.attention for e in ticket.erasures.all() if e.is_open and e.attention)
    if reasons and not ticket.is_closed:
        found.append(Chip("needs attention", "bad", ", ".join(Attention(reason).label for reason in reasons)))
    return found


def _chip(name: str, erasure: Erasure, ticket_closed: bool) -> Chip:
    standing = erasure_standing(erasure, ticket_closed=ticket_closed)
    code = str(erasure.last_http_status or "")
    hint = f"{standing.sentence}" if code else f"{standing.sentence} Last code: {NO_CODE}"
    return Chip(" ".join(part for part in (name, code, standing.word) if part), standing.tone, hint)


def _weight(erasure: Erasure) -> tuple[bool, bool, bool]:
    return bool(erasure.attention), erasure.is_open, erasure.status != ErasureStatus.NOT_APPLICABLE


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
