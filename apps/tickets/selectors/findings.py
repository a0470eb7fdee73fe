"""What is known already about whoever a ticket is to be opened for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.privacy.digests import digests
from apps.privacy.identifiers import Kind
from apps.suppression.selectors import Block, blocks
from apps.tickets.models import DeletionTicket, TicketIdentifier
from apps.tickets.states import CLOSED, TicketStatus

_TOLD = CLOSED - {TicketStatus.CANCELLED, TicketStatus.DUPLICATE}  # those two say nothing about the person
KIND_NAMES = {Kind.EMAIL: "E-mail", Kind.CUSTOMER_ID: "Customer id", Kind.COOKIE: "Cookie", Kind.DEVICE_ID: "Device id"}


@dataclass(frozen=True)
class Earlier:
    """A ticket about the same person: what became of it, since when, and by which identifiers it was found."""

    pk: int
    reference: str
    state: str
    since: datetime
    identifiers: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """Answers to: is a ticket open, was the person erased (or denied) before, and is the person suppressed."""

    open: tuple[Earlier, ...] = ()
    closed: tuple[Earlier, ...] = ()
    blocks: tuple[Block, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.open or self.closed or self.blocks)

    @property
    def fingerprint(self) -> str:
        """Name exactly these findings, so that a confirmation counts for what was shown and for nothing newer."""
        tickets = [f"{found.pk}:{found.state}" for found in self.open + self.closed]
        return ",".join(tickets + [f"block {block.entry}" for block in self.blocks])


def find_earlier(identifiers: Mapping[str, str], *, at: datetime) -> Findings:
    """Search by digest for everything known about any of the identifiers; raises InvalidIdentifier."""
    tickets = _tickets_about(identifiers)
    return Findings(
        open=tuple(_earlier(*pair) for pair in tickets.items() if not pair[0].is_closed),
        closed=tuple(_earlier(*pair) for pair in tickets.items() if pair[0].status in _TOLD),
        blocks=tuple(block for kind, value in identifiers.items() for block in blocks(kind, value, at)),
    )


def _tickets_about(identifiers: Mapping[str, str]) -> dict[DeletionTicket, list[TicketIdentifier]]:
    wanted = [keyed.value for kind, value in identifiers.items() for keyed in digests(kind, value)]
    rows = TicketIdentifier.objects.filter(digest__in=wanted).select_related("ticket").order_by("-ticket_id", "kind")
    tickets: dict[DeletionTicket, list[TicketIdentifier]] = {}
    for row in rows:
        tickets.setdefault(row.ticket, []).append(row)
    return tickets


def _earlier(ticket: DeletionTicket, rows: list[TicketIdentifier]) -> Earlier:
    completed = ticket.status == TicketStatus.COMPLETED
    return Earlier(
        pk=ticket.pk,
        reference=ticket.reference,
        state=ticket.get_resolution_display() if completed else ticket.get_status_display(),
        since=ticket.closed_at or ticket.opened_at,
        identifiers=tuple(f"{KIND_NAMES[Kind(row.kind)]} {row.masked}" for row in rows),
    )
