"""What staff decide about a ticket besides approving it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from apps.audit.actors import Actor
from apps.audit.services import deed, record, record_all
from apps.suppression.services import withdraw
from apps.tickets.errors import Refusal, TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet, IdentityBasis
from apps.tickets.states import CLOSED, DenialCode, Resolution, TicketStatus

from . import doors
from .choosing import NO_CHOICE
from .reasons import keep_reason, require_reason
from .shredding import shred_snapshots_of


@doors.chunked
def verify_identity(tickets: DeletionTicketQuerySet, *, basis: str, by: Actor, at: datetime) -> list[Refusal]:
    """Record how and by whom identity was checked; whoever does it cannot approve the same ticket."""
    by.require("tickets.verify_deletionticket")
    if basis == IdentityBasis.ASKED:
        raise TicketError("Say how the identity was checked: “still asked for” is not a check.")
    return doors.change_tickets(
        tickets,
        TicketStatus.PENDING_APPROVAL,
        by=by,
        at=at,
        objection=_identity_objection,
        facts={"identity_basis": basis},
        identity_basis=basis,
        identity_verified_by=by.user,
        identity_verified_at=at,
    ).refusals


@doors.chunked
def deny(tickets: DeletionTicketQuerySet, *, code: str, text: str, by: Actor, at: datetime) -> list[Refusal]:
    """Refuse the request with a code and a reason; the text is sealed, the ledger holds the code alone."""
    by.require("tickets.deny_deletionticket")
    require_reason(text)
    return _end(
        tickets,
        TicketStatus.DENIED,
        Resolution.DENIED,
        text=text,
        by=by,
        at=at,
        facts={"code": DenialCode(code).value},
        denial_code=code,
    )


@doors.chunked
def cancel(
    tickets: DeletionTicketQuerySet, *, text: str, by: Actor, at: datetime, opened_in_error: bool = False
) -> list[Refusal]:
    """Call a ticket off before any request was sent; its suppression entries lose this ticket as a source."""
    by.require("tickets.cancel_deletionticket")
    require_reason(text)
    resolution = Resolution.OPENED_IN_ERROR if opened_in_error else Resolution.WITHDRAWN
    facts = {"resolution": resolution.value}
    return _end(tickets, TicketStatus.CANCELLED, resolution, text=text, by=by, at=at, facts=facts)


@deed()
def mark_duplicate(ticket: DeletionTicket, *, cover: DeletionTicket, by: Actor, at: datetime) -> None:
    """Close a ticket in favour of its cover; it comes back where the cover is denied or cancelled."""
    by.require("tickets.cancel_deletionticket")
    cover = doors.locked(DeletionTicket.objects.filter(pk=cover.pk)).get()
    if cover.pk == ticket.pk or cover.status in {TicketStatus.DENIED, TicketStatus.CANCELLED, TicketStatus.DUPLICATE}:
        raise TicketError(f"{cover.reference} cannot cover this ticket.")
    tickets = DeletionTicket.objects.filter(pk=ticket.pk)
    moved = doors.change_tickets(
        tickets,
        TicketStatus.DUPLICATE,
        by=by,
        at=at,
        facts={"cover": cover.reference},
        cover=cover,
        status_before_duplicate=F("status"),
        resolution=Resolution.DUPLICATE,
        closed_at=at,
    )
    if moved.refusals:
        raise TicketError(f"This ticket {moved.refusals[0].reason}.")
    shred_snapshots_of(moved.tickets, by=by, at=at)


@doors.chunked
def undo_duplicate(tickets: DeletionTicketQuerySet, *, by: Actor, at: datetime) -> list[Refusal]:
    """Give duplicates their former state back; their clock never stopped."""
    by.require("tickets.cancel_deletionticket")
    others = tickets.exclude(status=TicketStatus.DUPLICATE).order_by("pk").values_list("reference", flat=True)
    refusals = [Refusal(reference, "is no duplicate") for reference in others]
    for status in (TicketStatus.AWAITING_IDENTITY, TicketStatus.PENDING_APPROVAL):
        duplicates = tickets.filter(status=TicketStatus.DUPLICATE, status_before_duplicate=status)
        changes = {"cover": None, "status_before_duplicate": "", "resolution": "", "closed_at": None}
        moved = doors.change_tickets(duplicates, status, by=by, at=at, **changes)
        _look_again(moved.tickets, at=at)
        refusals += moved.refusals
    return refusals


@doors.chunked
def hold(tickets: DeletionTicketQuerySet, *, text: str, by: Actor, at: datetime) -> list[Refusal]:
    """Block sending; the clock runs on."""
    by.require("tickets.hold_deletionticket")
    require_reason(text)
    return _flip_hold(tickets, on_hold=True, text=text, by=by, at=at)


@doors.chunked
def release(tickets: DeletionTicketQuerySet, *, by: Actor, at: datetime) -> list[Refusal]:
    """Lift a hold; whatever is due goes on by itself."""
    by.require("tickets.release_deletionticket")
    return _flip_hold(tickets, on_hold=False, text="", by=by, at=at)


def expire_identity_checks(*, by: Actor, at: datetime) -> None:
    """Deny tickets whose identity nobody verified within IDENTITY_DAYS; each chunk commits whole."""
    opened_before = at - timedelta(days=settings.IDENTITY_DAYS)
    waiting = DeletionTicket.objects.filter(status=TicketStatus.AWAITING_IDENTITY, opened_at__lte=opened_before)
    for tickets in doors.in_chunks(waiting):
        _deny_unverified(tickets, by=by, at=at)


@deed()
def _deny_unverified(tickets: DeletionTicketQuerySet, *, by: Actor, at: datetime) -> None:
    _end(
        tickets,
        TicketStatus.DENIED,
        Resolution.DENIED,
        text=f"Identity was not verified within {settings.IDENTITY_DAYS} days.",
        by=by,
        at=at,
        facts={"code": DenialCode.INSUF_VERIFICATION.value},
        denial_code=DenialCode.INSUF_VERIFICATION,
    )


def _end(
    tickets: DeletionTicketQuerySet,
    target: str,
    resolution: str,
    *,
    text: str,
    by: Actor,
    at: datetime,
    facts: dict[str, str],
    **changes: object,
) -> list[Refusal]:
    moved = doors.change_tickets(
        tickets, target, by=by, at=at, facts=facts, resolution=resolution, closed_at=at, **changes
    )
    for ticket in moved.tickets:
        keep_reason(ticket, text, action=f"ticket.{target}", by=by, at=at)
        withdraw(source_kind="ticket", reference=ticket.reference, by=by, at=at)
    shred_snapshots_of(moved.tickets, by=by, at=at)
    undo_duplicate(DeletionTicket.objects.filter(cover__in=moved.tickets), by=by, at=at)
    return moved.refusals


def _flip_hold(tickets: DeletionTicketQuerySet, *, on_hold: bool, text: str, by: Actor, at: datetime) -> list[Refusal]:
    word = "on hold" if on_hold else "not on hold"
    flipped, refusals = [], []
    for ticket in doors.locked(tickets):
        if ticket.status in CLOSED or ticket.on_hold == on_hold:
            state = ticket.get_status_display() if ticket.status in CLOSED else word
            refusals.append(Refusal(ticket.reference, f"is already “{state}”"))
            continue
        DeletionTicket.objects.filter(pk=ticket.pk).update(on_hold=on_hold)
        if on_hold:
            keep_reason(ticket, text, action="ticket.held", by=by, at=at)
        flipped.append(ticket.reference)
    record_all("ticket.held" if on_hold else "ticket.released", flipped, by=by, at=at)
    return refusals


def _look_again(tickets: list[DeletionTicket], *, at: datetime) -> None:
    """Make the first look due again: the snapshots were shredded when the tickets became duplicates.

    So was what a choice of profiles was made from: it is made anew.
    """
    Erasure.objects.open().filter(ticket__in=tickets).update(
        before=None, not_before=at, look_tries=0, look_outcome="", look_http_status=None, **NO_CHOICE
    )


def _identity_objection(ticket: DeletionTicket) -> str:
    if ticket.own_initiative:
        return "was opened on own initiative: nobody asked, so there is no identity to check"
    waits = ticket.status == TicketStatus.AWAITING_IDENTITY
    return "" if waits else "does not wait for an identity check"


@deed()
def show_identifiers(*, by: Actor, at: datetime, ticket: DeletionTicket | None = None) -> None:
    """Record that somebody had identifiers shown in clear: those of one ticket, or of all."""
    by.require("tickets.view_deletionticket")
    record("ticket.identifiers_shown", ticket.reference if ticket else "tickets", by=by, at=at)
