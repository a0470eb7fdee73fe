"""What staff do about single erasures: retry, stop, close, exempt, erase by hand, waive or confirm a snapshot."""

from datetime import datetime

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.tickets import objections
from apps.tickets.arrivals import MAY_HAVE_ARRIVED, may_have_arrived
from apps.tickets.attention import Attention
from apps.tickets.errors import Refusal, TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.erasure import Waiver
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.requests import Request
from apps.tickets.selectors.identifiers import identifiers_of, names_the_same
from apps.tickets.states import AT_THE_VENDORS, Doubt, ErasureStatus

from . import doors
from .opening import LANE_TASK, open_ticket
from .reasons import keep_reason, require_reason

_E = ErasureStatus


@deed()
def retry(erasure: Erasure, *, by: Actor, at: datetime) -> None:
    """Make an erasure due again with its tries counted anew; a look comes first wherever one is possible.

    Resending after an unknown outcome or for somebody still present takes an approver who is a second person.
    """
    by.require("tickets.retry_erasure")
    erasure = doors.as_loaded(erasure)
    _refuse(objections.to_retry(erasure))
    if erasure.status in objections.RESENT_BY_APPROVERS:
        by.require("tickets.close_erasure")
        _refuse_without_second_person(erasure, by)
    if erasure.status == _E.QUEUED:
        changes = {"not_before": at, "attention": "", "look_tries": 0, "crashes": 0}
        _change(erasure, _E.QUEUED, "erasure.look_asked", by=by, at=at, **changes)
        return
    doubt = erasure.doubt or ("" if erasure.waiver == Waiver.NO_LOOKUP else Doubt.UNCLEAR)
    changes = {"doubt": doubt, "not_before": at, "attention": "", "tries": 0, "look_tries": 0, "window": 0}
    changes |= {"round": 1, "target": 0}
    _change(erasure, _E.RETRY_WAIT, "erasure.retried", by=by, at=at, crashes=0, **changes)


@doors.chunked
def stop_rest(tickets: DeletionTicketQuerySet, *, text: str, by: Actor, at: datetime) -> list[Refusal]:
    """Call off whatever of these tickets was not sent yet; what may have arrived is still looked after, never resent.

    Where its account is gone, nobody can look: it closes as what is known of it.

    Between two rounds, or two profiles, the rest is called off and closes as still present.
    """
    by.require("tickets.stop_erasure")
    require_reason(text)
    refusals = []
    for ticket in doors.locked(tickets):
        erasures = ticket.erasures.open().select_related("ticket__key", "account").prefetch_related("attempts")
        unsent = [erasure for erasure in erasures if objections.can_be_stopped(ticket, erasure)]
        for erasure in unsent:
            _close(erasure, _status_when_closed(erasure), text=text, by=by, at=at)
        if not _remember_stop(ticket, text=text, by=by, at=at) and not unsent:
            refusals.append(Refusal(ticket.reference, "has nothing left that could be stopped"))
    return refusals


@deed()
def close(erasure: Erasure, *, text: str, by: Actor, at: datetime) -> None:
    """End a stuck erasure as not erased, with a reason.

    Never sent: stopped. Sent without a final answer: outcome unknown. Rejected and still present stay what they are.
    """
    by.require("tickets.close_erasure")
    erasure = doors.as_loaded(erasure)
    _refuse(objections.to_close(erasure.ticket, erasure))
    _close(erasure, _status_when_closed(erasure), text=text, by=by, at=at)


@deed()
def exempt(erasure: Erasure, *, text: str, by: Actor, at: datetime) -> None:
    """End an erasure because a ground for keeping the data applies; the ground is sealed."""
    by.require("tickets.close_erasure")
    erasure = doors.as_loaded(erasure)
    _refuse(objections.to_exempt(erasure))
    _close(erasure, _E.EXEMPT, text=text, by=by, at=at)


@deed()
def record_by_hand(erasure: Erasure, *, evidence: str, by: Actor, at: datetime) -> None:
    """Record that this was erased by hand; it closes once an approver who is somebody else confirms the evidence."""
    by.require("tickets.retry_erasure")
    erasure = doors.as_loaded(erasure)
    _refuse(objections.to_record_by_hand(erasure.ticket, erasure))
    keep_reason(erasure.ticket, evidence, action="erasure.by_hand", erasure=erasure, by=by, at=at)
    changes = {"attention": Attention.AWAITS_SECOND_PERSON, "manual_by": by.user, "not_before": None}
    _change(erasure, erasure.status, "erasure.by_hand", by=by, at=at, **changes)


@deed()
def confirm_by_hand(erasure: Erasure, *, by: Actor, at: datetime) -> None:
    """Close an erasure as done by hand; raises TicketError for whoever recorded it, superusers included."""
    by.require("tickets.close_erasure")
    erasure = doors.as_loaded(erasure)
    _refuse(objections.to_confirm_by_hand(erasure, by.user.pk))
    _end(erasure, _E.MANUAL, by=by, at=at)


@deed()
def waive_snapshot(erasure: Erasure, *, text: str, by: Actor, at: datetime) -> None:
    """Allow sending without a before snapshot, with a reason."""
    by.require("tickets.waive_snapshot")
    erasure = doors.as_loaded(erasure)
    _refuse(objections.to_waive(erasure))
    keep_reason(erasure.ticket, text, action="erasure.snapshot_waived", erasure=erasure, by=by, at=at)
    changes = {"waiver": Waiver.WAIVED, "attention": "", "not_before": at}
    _change(erasure, erasure.status, "erasure.snapshot_waived", by=by, at=at, **changes)


@deed()
def confirm_snapshot(erasure: Erasure, *, by: Actor, at: datetime) -> None:
    """Accept that the vendor holds more than was shown at approval; takes a second person, as approving does."""
    by.require("tickets.approve_deletionticket")
    erasure = doors.as_loaded(erasure)
    _refuse(objections.to_confirm_snapshot(erasure.ticket, erasure, by.user.pk))
    changes = {"attention": "", "not_before": at, "shown_at_approval": erasure.before}
    _change(erasure, erasure.status, "erasure.snapshot_confirmed", by=by, at=at, **changes)


@deed()
def look_now(ticket: DeletionTicket, *, by: Actor, at: datetime) -> None:
    """Ask for a fresh before snapshot of everything not sent yet."""
    by.require("tickets.retry_erasure")
    ticket = doors.locked(DeletionTicket.objects.filter(pk=ticket.pk)).get()
    _refuse(objections.to_look(ticket))
    unsent = ticket.erasures.open().filter(
        ~MAY_HAVE_ARRIVED,
        status=_E.QUEUED,
        waiver="",
        leased_until=None,
        attention__in=["", *objections.LOOKED_AT_AGAIN],
    )
    for erasure in unsent.select_related("ticket", "account"):
        changes = {"look_asked": True, "not_before": at, "look_tries": 0, "attention": ""}
        Erasure.objects.filter(pk=erasure.pk).update(**changes)
        record("erasure.look_asked", erasure.subject, by=by, at=at)
        ring(LANE_TASK, erasure.account_id)


@deed()
def reopen(ticket: DeletionTicket, request: Request, *, by: Actor, at: datetime) -> DeletionTicket:
    """Open a linked ticket with the original dates, with corrected identifiers or as it was.

    Rejected erasures of the old ticket wait for the new one's approval and close with it.
    """
    ticket = doors.locked(DeletionTicket.objects.filter(pk=ticket.pk)).get()
    rejected = ticket.erasures.open().filter(status=_E.REJECTED).select_related("ticket", "account")
    to_correct = [erasure for erasure in rejected if not objections.to_correct(erasure)]
    _refuse_opening_anew(ticket, request, to_correct)
    successor = open_ticket(request, by=by, at=at, predecessor=ticket)
    assumed = ticket.received_assumed and request.received_at == ticket.received_at
    DeletionTicket.objects.filter(pk=successor.pk).update(received_assumed=assumed)
    for erasure in to_correct:
        facts = {"attention": Attention.CORRECTED.value, "corrected_in": successor.reference}
        Erasure.objects.filter(pk=erasure.pk).update(attention=Attention.CORRECTED)
        record("erasure.corrected", erasure.subject, by=by, at=at, facts=facts)
    record("ticket.reopened", ticket.reference, by=by, at=at, facts={"as": successor.reference})
    return successor


def _refuse_opening_anew(ticket: DeletionTicket, request: Request, to_correct: list[Erasure]) -> None:
    """Hold an own-initiative ticket to whom it names: nobody's identity was checked, so nobody else may take over."""
    if ticket.successors.open().exists():
        raise TicketError("This ticket was opened anew already, and that one is open.")
    if request.own_initiative and not names_the_same(ticket, request.identifiers):
        raise TicketError(
            "On own initiative only another spelling of the same identifier is taken: open an ordinary ticket instead."
        )
    if ticket.is_closed:
        return
    if not to_correct:
        raise TicketError("Only a closed ticket, or one with a rejected erasure, can be opened anew.")
    if dict(request.identifiers) == identifiers_of(ticket):
        raise TicketError("The vendor refused exactly this identifier: correct it, or choose another way.")


def _change(erasure: Erasure, status: str, action: str, *, by: Actor, at: datetime, **changes: object) -> None:
    """Move the row as it was loaded, and take it from a worker that is looking at it: that look counts for nothing."""
    changes = {**doors.LEASE_OVER, **changes}
    if not doors.move_erasure(erasure, status, expected=erasure.status, **changes):
        raise TicketError("This erasure moved on meanwhile. Load the page again.")
    record(action, erasure.subject, by=by, at=at, facts={"status": str(status)})
    doors.follow_erasures(erasure.ticket_id, by=by, at=at)
    ring(LANE_TASK, erasure.account_id)


def _close(erasure: Erasure, status: str, *, text: str, by: Actor, at: datetime) -> None:
    keep_reason(erasure.ticket, text, action="erasure.closed", erasure=erasure, by=by, at=at)
    _end(erasure, status, by=by, at=at)


def _end(erasure: Erasure, status: str, *, by: Actor, at: datetime) -> None:
    changes = {"closed_at": at, "closed_by": by.user, "attention": "", "not_before": None}
    _change(erasure, status, "erasure.closed", by=by, at=at, **changes)


def _status_when_closed(erasure: Erasure) -> str:
    if erasure.status in {_E.REJECTED, _E.STILL_PRESENT, _E.OUTCOME_UNKNOWN, _E.ACCEPTED}:
        return erasure.status
    if erasure.is_partly_done:
        return _E.STILL_PRESENT
    return _E.OUTCOME_UNKNOWN if may_have_arrived(erasure) else _E.STOPPED


def _remember_stop(ticket: DeletionTicket, *, text: str, by: Actor, at: datetime) -> bool:
    """Mark what may have arrived: looks go on, and the sweep closes it where a further request would be due."""
    sent = ticket.erasures.open().filter(stop_asked_at=None).exclude(attention=Attention.STILL_PRESENT)
    marked = [erasure for erasure in sent.select_related("ticket__key", "account") if ticket.status in AT_THE_VENDORS]
    for erasure in marked:
        Erasure.objects.filter(pk=erasure.pk).update(stop_asked_at=at)
        keep_reason(ticket, text, action="erasure.stop_asked", erasure=erasure, by=by, at=at)
        record("erasure.stop_asked", erasure.subject, by=by, at=at)
    return bool(marked)


def _refuse(objection: str) -> None:
    if objection:
        raise TicketError(objection)


def _refuse_without_second_person(erasure: Erasure, by: Actor) -> None:
    objection = objections.to_second_person(erasure.ticket, by.user.pk)
    _refuse(f"This ticket {objection}." if objection else "")
