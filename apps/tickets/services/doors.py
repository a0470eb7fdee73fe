"""The two doors through which a status changes: by compare-and-set, with the ledger entry in the same transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from types import MappingProxyType

from django.db.models import F

from apps.audit.actors import Actor
from apps.audit.services import deed, record, record_all
from apps.tickets.errors import Refusal, TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.states import CLOSED, SOURCES, TicketStatus, progress_of, resolution_of

CHUNK = 200
NOTHING_GATHERED = MappingProxyType({"unasked": [], "gathered": None, "gathering_since": None})  # for one update
# For one update: whoever read the row while the lease ran writes nothing on it afterwards.
LEASE_OVER = MappingProxyType({"fence": F("fence") + 1, "lease_owner": "", "leased_until": None})
Objection = Callable[[DeletionTicket], str]
Service = Callable[..., list[Refusal]]


@dataclass(frozen=True)
class Moved:
    tickets: list[DeletionTicket]
    refusals: list[Refusal]


def no_objection(ticket: DeletionTicket) -> str:
    return ""


def locked(tickets: DeletionTicketQuerySet) -> DeletionTicketQuerySet:
    """Return these tickets locked, in the one order that keeps two callers from a deadlock; needs a transaction."""
    rows = DeletionTicket.objects.filter(pk__in=tickets.order_by().values("pk"))  # a list's joins cannot be locked
    return rows.select_related("key", "approved_by", "opened_by").select_for_update(of=("self",)).order_by("pk")


def in_chunks(tickets: DeletionTicketQuerySet) -> Iterator[DeletionTicketQuerySet]:
    """Yield the tickets in chunks for one deed each, so that thousands do not keep every other writer waiting."""
    pks = list(tickets.order_by("pk").values_list("pk", flat=True))
    for start in range(0, max(1, len(pks)), CHUNK):
        yield DeletionTicket.objects.filter(pk__in=pks[start : start + CHUNK])


def chunked(service: Service) -> Service:
    """Turn a deed on tickets that returns refusals into one deed per chunk; no ticket at all is one empty chunk."""
    one_deed = deed()(service)

    @wraps(service)
    def run(tickets: DeletionTicketQuerySet, **said: object) -> list[Refusal]:
        return [refusal for chunk in in_chunks(tickets) for refusal in one_deed(chunk, **said)]

    return run


def sort_out(tickets: DeletionTicketQuerySet, target: str, objection: Objection = no_objection) -> Moved:
    """Lock the tickets and split them into those that may go to ``target`` and refusals; needs a transaction."""
    movable, refusals = [], []
    for ticket in locked(tickets):
        reason = _wrong_state(ticket, target) or objection(ticket)
        if reason:
            refusals.append(Refusal(ticket.reference, reason))
        else:
            movable.append(ticket)
    return Moved(movable, refusals)


def move_tickets(tickets: Iterable[DeletionTicket], target: str, **changes: object) -> None:
    """Set ``target`` on tickets that ``sort_out`` let through; raises TicketError where one moved meanwhile."""
    pks = [ticket.pk for ticket in tickets]
    movable = DeletionTicket.objects.filter(pk__in=pks, status__in=SOURCES[target])
    if movable.update(status=target, **changes) != len(pks):
        raise TicketError("Somebody else changed one of these tickets at the same moment. Load the page again.")


@deed()
def change_tickets(
    tickets: DeletionTicketQuerySet,
    target: str,
    *,
    by: Actor,
    at: datetime,
    objection: Objection = no_objection,
    facts: Mapping[str, str | int | bool | None] | None = None,
    **changes: object,
) -> Moved:
    """Move what may move and record it, in one transaction; the rest comes back as refusals."""
    moved = sort_out(tickets, target, objection)
    move_tickets(moved.tickets, target, **changes)
    record_all(f"ticket.{target}", [ticket.reference for ticket in moved.tickets], by=by, at=at, facts=facts or {})
    return moved


def move_erasure(erasure: Erasure, status: str, *, expected: str, **changes: object) -> bool:
    """Set ``status`` where the row still has the ``expected`` status and fence; False means somebody was quicker.

    What looks gathered on the way to an answer goes as the erasure closes.
    """
    if changes.get("closed_at"):
        changes = {**changes, **NOTHING_GATHERED}
    rows = Erasure.objects.filter(pk=erasure.pk, status=expected, fence=erasure.fence, closed_at=None)
    return bool(rows.update(status=status, **changes))


def as_loaded(erasure: Erasure) -> Erasure:
    """Read the row again under the deed's lock; raises TicketError where it, or its ticket, is not as it was loaded."""
    related = Erasure.objects.select_related("ticket__key", "account", "identifier", "before", "chosen_from")
    now = related.get(pk=erasure.pk)
    if (now.status, now.fence, now.ticket.status) != (erasure.status, erasure.fence, erasure.ticket.status):
        raise TicketError("This erasure moved on meanwhile. Load the page again.")
    if now.ticket.status in CLOSED:
        raise TicketError("This ticket is closed: its erasures stay as they are.")
    return now


def follow_erasures(ticket_id: int, *, by: Actor, at: datetime) -> None:
    """Bring a ticket in line with its erasures: at the vendors, checking, or completed with its resolution."""
    ticket = DeletionTicket.objects.select_for_update().get(pk=ticket_id)
    if ticket.status in CLOSED or ticket.approved_by_id is None:
        return
    rows = list(Erasure.objects.filter(ticket=ticket).values_list("status", "closed_at"))
    target = progress_of(ticket.status, [status for status, closed_at in rows if closed_at is None])
    if target == ticket.status:
        return
    if target == TicketStatus.COMPLETED:
        _complete(ticket, [status for status, _ in rows], by=by, at=at)
        return
    move_tickets([ticket], target)
    record(f"ticket.{target}", ticket.reference, by=by, at=at)


def _complete(ticket: DeletionTicket, statuses: list[str], *, by: Actor, at: datetime) -> None:
    resolution = resolution_of(statuses)
    move_tickets([ticket], TicketStatus.COMPLETED, resolution=resolution, closed_at=at)
    record("ticket.completed", ticket.reference, by=by, at=at, facts={"resolution": resolution})


def _wrong_state(ticket: DeletionTicket, target: str) -> str:
    if ticket.status in SOURCES[target]:
        return ""
    if target == TicketStatus.APPROVED and ticket.approved_by:
        return f"already approved by {ticket.approved_by.get_username()}"
    return f"is “{ticket.get_status_display()}”, so this cannot be done any more"
