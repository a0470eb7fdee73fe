"""Approve tickets: the second person's act, and the only one after which bytes may leave."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from apps.audit.actors import Actor
from apps.audit.services import deed, record, record_all
from apps.jobs.services import ring
from apps.privacy.failpoints import Failpoint, reach
from apps.suppression.services import suppress, withdraw
from apps.tickets.attention import Attention
from apps.tickets.errors import Refusal, TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet, NotSuppressed
from apps.tickets.objections import RENEWABLE, to_second_person
from apps.tickets.selectors.approvals import Approval, forecast_approval, forecast_renewal
from apps.tickets.selectors.identifiers import identifiers_of
from apps.tickets.selectors.seen import marks_of
from apps.tickets.states import AT_THE_VENDORS, SENDABLE, SENDABLE_ERASURE, ErasureStatus, TicketStatus

from . import doors
from .forecasts import keep_forecasts
from .opening import LANE_TASK
from .remembering import remember_unsubscribes

AFTER_FORECAST = timedelta(days=7)
_ANSWERED_BY_APPROVAL = RENEWABLE | {Attention.CHANGED_SINCE_APPROVAL}


def approve(
    tickets: DeletionTicketQuerySet,
    *,
    sources_paused: str,
    by: Actor,
    at: datetime,
    seen: Mapping[int, str] | None = None,
    not_suppressed: str = "",
) -> list[Refusal]:
    """Approve, suppress the identifiers and wake the lanes; return the tickets that were left as they were.

    Nobody approves what they opened or whose identity they verified, superusers included; the database holds the same
    rule. ``sources_paused`` records whether Stripe, Shopify, webhook replays and imports were paused first. Each chunk
    of tickets commits whole, so that thousands do not keep every other writer waiting. ``seen``, if given, holds the
    mark of each ticket as it was shown: under the chunk's lock, whatever changed since is left as it is. Each ticket
    keeps the forecast of the click, and its approval lasts at least a week longer than that. ``not_suppressed`` is the
    code of the reason why nobody is put on the suppression list; it raises ValueError where there is no such reason.
    """
    by.require("tickets.approve_deletionticket")
    said = {
        "sources_paused": sources_paused,
        "not_suppressed": NotSuppressed(not_suppressed).value if not_suppressed else "",
    }
    forecast, refusals = forecast_approval(tickets, at=at), []
    for chunk in doors.in_chunks(tickets):
        refusals += _approve_chunk(chunk, forecast, said, by=by, at=at, seen=seen)
    keep_forecasts(forecast.chosen)
    return refusals


@deed()
def renew_approval(ticket: DeletionTicket, *, by: Actor, at: datetime) -> int:
    """Approve again what an expired approval, or one whose giver lost the right, left unsent; return how many go on."""
    by.require("tickets.approve_deletionticket")
    ticket = doors.locked(DeletionTicket.objects.filter(pk=ticket.pk)).get()
    objection = _objection(ticket, by)
    if objection or ticket.status not in SENDABLE:
        raise TicketError(f"This ticket {objection or 'has no approval to renew'}.")
    waiting = Erasure.objects.filter(ticket=ticket, attention__in=RENEWABLE, closed_at=None)
    renewed = waiting.update(attention="", not_before=at, shown_at_approval=F("before"))
    if renewed:
        _let_outlast([ticket], forecast_renewal(DeletionTicket.objects.filter(pk=ticket.pk), at=at), at=at)
        DeletionTicket.objects.filter(pk=ticket.pk, status__in=SENDABLE).update(approved_by=by.user, approved_at=at)
        record("ticket.approval_renewed", ticket.reference, by=by, at=at, facts={"erasures": renewed})
        _wake_lanes([ticket])
    return renewed


def expire_approvals(*, by: Actor, at: datetime) -> None:
    """Take back approvals that ran out: before any send the ticket asks again, later its unsent erasures wait."""
    run_out = DeletionTicket.objects.filter(approval_expires_at__lte=at)
    for tickets in doors.in_chunks(run_out.filter(status=TicketStatus.APPROVED)):
        _take_back(tickets, by=by, at=at)
    for tickets in doors.in_chunks(run_out.filter(status__in=AT_THE_VENDORS)):
        _hold_unsent(tickets, by=by, at=at)


@deed()
def _hold_unsent(tickets: DeletionTicketQuerySet, *, by: Actor, at: datetime) -> None:
    """Hold what would be sent again, and leave a doubt to the look that settles it: looking needs no approval."""
    unsent = Erasure.objects.open().filter(ticket__in=tickets, status__in=SENDABLE_ERASURE, attention="", doubt="")
    for erasure in unsent.select_related("ticket", "account"):
        Erasure.objects.filter(pk=erasure.pk, attention="").update(attention=Attention.APPROVAL_EXPIRED)
        record("erasure.approval_expired", erasure.subject, by=by, at=at)


@deed()
def _take_back(tickets: DeletionTicketQuerySet, *, by: Actor, at: datetime) -> None:
    back = doors.change_tickets(
        tickets,
        TicketStatus.PENDING_APPROVAL,
        by=by,
        at=at,
        facts={"because": "approval_expired"},
        approved_by=None,
        approved_at=None,
        approval_expires_at=None,
        forecast_at_approval=None,
        leaves_at=None,
        sources_paused="",
        not_suppressed="",
    )
    for ticket in back.tickets:
        withdraw(source_kind="ticket", reference=ticket.reference, by=by, at=at)


@deed()
def _approve_chunk(
    tickets: DeletionTicketQuerySet,
    forecast: Approval,
    said: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    seen: Mapping[int, str] | None,
) -> list[Refusal]:
    changed = set() if seen is None else _changed_since(seen, tickets)
    moved = doors.sort_out(tickets, TicketStatus.APPROVED, lambda ticket: _objection(ticket, by, changed))
    leaves_at = at + settings.COOLING_OFF
    changes = {"approved_by": by.user, "approved_at": at, "leaves_at": leaves_at}
    doors.move_tickets(moved.tickets, TicketStatus.APPROVED, **changes, **said)
    _let_outlast(moved.tickets, forecast, at=at)
    _make_due(moved.tickets, leaves_at)
    for ticket in moved.tickets:
        _suppress_unless(said["not_suppressed"], ticket, by=by, at=at)
        _settle_corrected(ticket, by=by, at=at)
    facts = {name: code for name, code in said.items() if code} | {"leaves_at": leaves_at.isoformat()}
    record_all("ticket.approved", [t.reference for t in moved.tickets], by=by, at=at, facts=facts)
    _complete_what_is_closed(moved.tickets, by=by, at=at)
    reach(Failpoint.APPROVAL_UNCOMMITTED)
    _wake_lanes(moved.tickets)
    return moved.refusals


def _let_outlast(tickets: list[DeletionTicket], forecast: Approval, *, at: datetime) -> None:
    """Keep the forecast of the click, and let the approval end APPROVAL_DAYS from now or a week after it."""
    for ticket in tickets:
        ticket.forecast_at_approval = forecast.answered_at.get(ticket.pk)
        ticket.approval_expires_at = _expires_at(ticket.forecast_at_approval, at=at)
    DeletionTicket.objects.bulk_update(tickets, ["forecast_at_approval", "approval_expires_at"])


def _expires_at(forecast_at: datetime | None, *, at: datetime) -> datetime:
    usual = at + timedelta(days=settings.APPROVAL_DAYS)
    return max(usual, forecast_at + AFTER_FORECAST) if forecast_at else usual


def _suppress_unless(declined: str, ticket: DeletionTicket, *, by: Actor, at: datetime) -> None:
    """Block the ticket's identifiers for marketing and re-import, unless that was declined; safe to repeat."""
    if declined:
        return
    suppress(
        identifiers_of(ticket).items(),
        list_name=settings.DEFAULT_LIST,
        source_kind="ticket",
        reference=ticket.reference,
        by=by,
        at=at,
    )
    remember_unsubscribes(ticket, by=by, at=at)


def _changed_since(seen: Mapping[int, str], tickets: DeletionTicketQuerySet) -> set[int]:
    return {pk for pk, mark in marks_of(tickets).items() if seen.get(pk) != mark}


def _objection(ticket: DeletionTicket, by: Actor, changed: Collection[int] = ()) -> str:
    objection = to_second_person(ticket, by.user.pk)
    if objection:
        return objection
    if ticket.pk in changed:
        return "was looked at again, or a choice was made, since this page was shown: read it once more, then approve"
    if ticket.erasures.with_open_choice().exists():
        return "has profiles of different customers under one address: choose on its page whose are erased"
    if settings.SNAPSHOT_GATE == "approval" and _lacks_a_snapshot(ticket):
        return "has no snapshot yet of what would be lost"
    return ""


def _lacks_a_snapshot(ticket: DeletionTicket) -> bool:
    return ticket.erasures.open().filter(before=None, waiver="").exists()


def _make_due(tickets: Iterable[DeletionTicket], leaves_at: datetime) -> None:
    waiting = Erasure.objects.filter(ticket__in=list(tickets), status=ErasureStatus.QUEUED, closed_at=None)
    waiting.filter(not_before__lt=leaves_at).update(not_before=leaves_at)
    waiting.filter(attention__in=_ANSWERED_BY_APPROVAL).update(attention="")
    waiting.update(shown_at_approval=F("before"))


def _settle_corrected(ticket: DeletionTicket, *, by: Actor, at: datetime) -> None:
    """Close what this ticket corrects: approving the correction is the approver's reason."""
    corrected = Erasure.objects.open().filter(ticket=ticket.predecessor_id, attention=Attention.CORRECTED)
    for erasure in corrected.select_related("ticket", "account"):
        closed = {"closed_at": at, "closed_by": by.user, "attention": "", "not_before": None}
        if doors.move_erasure(erasure, ErasureStatus.REJECTED, expected=ErasureStatus.REJECTED, **closed):
            facts = {"status": ErasureStatus.REJECTED.value, "corrected_in": ticket.reference}
            record("erasure.closed", erasure.subject, by=by, at=at, facts=facts)
            doors.follow_erasures(erasure.ticket_id, by=by, at=at)


def _complete_what_is_closed(tickets: list[DeletionTicket], *, by: Actor, at: datetime) -> None:
    """Finish tickets whose erasures were all exempt before the approval: nothing will be sent for them."""
    with_open = set(Erasure.objects.open().filter(ticket__in=tickets).values_list("ticket", flat=True))
    for ticket in tickets:
        if ticket.pk not in with_open:
            doors.follow_erasures(ticket.pk, by=by, at=at)


def _wake_lanes(tickets: list[DeletionTicket]) -> None:
    accounts = Erasure.objects.filter(ticket__in=tickets, closed_at=None).values_list("account_id", flat=True)
    for account_id in sorted(set(accounts)):
        ring(LANE_TASK, account_id)
