"""What staff do about single erasures: retry, stop, close, exempt, erase by hand, waive or confirm a snapshot."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.privacy.vault import seal
from apps.tickets.attention import Attention
from apps.tickets.errors import Refusal, TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.erasure import Waiver
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.requests import Request
from apps.tickets.states import AT_THE_VENDORS, SENDABLE_ERASURE, Doubt, ErasureStatus

from . import doors
from .opening import LANE_TASK, open_ticket
from .reasons import require_reason

_E = ErasureStatus
_RETRIED = frozenset({_E.RETRY_WAIT, _E.OUTCOME_UNKNOWN, _E.STILL_PRESENT})
_LOOKED_AT_AGAIN = frozenset({Attention.NO_SNAPSHOT, Attention.CRASHED_TWICE})
_NEEDS_AN_APPROVER = frozenset({_E.OUTCOME_UNKNOWN, _E.STILL_PRESENT})


@deed()
def retry(erasure: Erasure, *, by: Actor, at: datetime) -> None:
    """Make an erasure due again with its tries counted anew; a look comes first wherever one is possible.

    Resending after an unknown outcome or for somebody still present takes an approver.
    """
    by.require("tickets.retry_erasure")
    if erasure.status in _NEEDS_AN_APPROVER:
        by.require("tickets.close_erasure")
    if erasure.status == _E.QUEUED and erasure.attention in _LOOKED_AT_AGAIN:
        changes = {"not_before": at, "attention": "", "look_tries": 0, "crashes": 0}
        _change(erasure, _E.QUEUED, "erasure.look_asked", by=by, at=at, **changes)
        return
    if erasure.status not in _RETRIED:
        raise TicketError("Only an erasure without a final answer can be tried again.")
    doubt = erasure.doubt or ("" if erasure.waiver == Waiver.NO_LOOKUP else Doubt.UNCLEAR)
    changes = {"doubt": doubt, "not_before": at, "attention": "", "tries": 0, "look_tries": 0, "window": 0}
    _change(erasure, _E.RETRY_WAIT, "erasure.retried", by=by, at=at, crashes=0, **changes)


@deed()
def stop_rest(tickets: DeletionTicketQuerySet, *, text: str, by: Actor, at: datetime) -> list[Refusal]:
    """Call off whatever of these tickets was not sent yet; what may have arrived is still looked after."""
    by.require("tickets.stop_erasure")
    require_reason(text)
    refusals = []
    for ticket in doors.locked(tickets):
        unsent = (
            ticket.erasures.open().filter(status__in=SENDABLE_ERASURE, doubt="").select_related("ticket", "account")
        )
        stopped = ticket.status in AT_THE_VENDORS and _close(unsent, _E.STOPPED, text=text, by=by, at=at)
        if not stopped:
            refusals.append(Refusal(ticket.reference, "has nothing left that could be stopped"))
    return refusals


@deed()
def close(erasure: Erasure, *, text: str, by: Actor, at: datetime) -> None:
    """End a stuck erasure as not erased, with a reason.

    Never sent: stopped. Sent without a final answer: outcome unknown. Rejected and still present stay what they are.
    """
    by.require("tickets.close_erasure")
    require_reason(text)
    _require_approved(erasure)
    _close_one(erasure, _status_when_closed(erasure), text=text, by=by, at=at)


@deed()
def exempt(erasure: Erasure, *, text: str, by: Actor, at: datetime) -> None:
    """End an erasure because a ground for keeping the data applies; the ground is sealed."""
    by.require("tickets.close_erasure")
    require_reason(text)
    _close_one(erasure, _E.EXEMPT, text=text, by=by, at=at)


@deed()
def record_by_hand(erasure: Erasure, *, evidence: str, by: Actor, at: datetime) -> None:
    """Record that this was erased by hand; it closes once an approver who is somebody else confirms the evidence."""
    by.require("tickets.retry_erasure")
    _require_approved(erasure)
    sealed = _sealed(erasure, evidence)
    changes = {"attention": Attention.AWAITS_SECOND_PERSON, "manual_by": by.user, "not_before": None, "reason": sealed}
    _change(erasure, erasure.status, "erasure.by_hand", by=by, at=at, **changes)


@deed()
def confirm_by_hand(erasure: Erasure, *, by: Actor, at: datetime) -> None:
    """Close an erasure as done by hand; raises TicketError for whoever recorded it, superusers included."""
    by.require("tickets.close_erasure")
    if erasure.attention != Attention.AWAITS_SECOND_PERSON:
        raise TicketError("Nobody has recorded that this was erased by hand.")
    if erasure.manual_by_id == by.user.pk:
        raise TicketError("You recorded this evidence: a second person has to confirm it.")
    _close_one(erasure, _E.MANUAL, text="", by=by, at=at)


@deed()
def waive_snapshot(erasure: Erasure, *, text: str, by: Actor, at: datetime) -> None:
    """Allow sending without a before snapshot, with a reason."""
    by.require("tickets.waive_snapshot")
    if erasure.before_id or erasure.waiver:
        raise TicketError("This erasure does not wait for a snapshot.")
    changes = {"waiver": Waiver.WAIVED, "attention": "", "not_before": at, "reason": _sealed(erasure, text)}
    _change(erasure, erasure.status, "erasure.snapshot_waived", by=by, at=at, **changes)


@deed()
def confirm_snapshot(erasure: Erasure, *, by: Actor, at: datetime) -> None:
    """Accept that the vendor holds more than was shown at approval; sending goes on."""
    by.require("tickets.approve_deletionticket")
    if erasure.attention != Attention.CHANGED_SINCE_APPROVAL:
        raise TicketError("Nothing has changed since approval.")
    changes = {"attention": "", "not_before": at, "shown_at_approval": F("before")}
    _change(erasure, erasure.status, "erasure.snapshot_confirmed", by=by, at=at, **changes)


@deed()
def look_now(ticket: DeletionTicket, *, by: Actor, at: datetime) -> None:
    """Ask for a fresh before snapshot of everything not sent yet."""
    by.require("tickets.retry_erasure")
    unsent = ticket.erasures.open().filter(status=_E.QUEUED, waiver="", leased_until=None)
    for erasure in unsent.select_related("ticket", "account"):
        Erasure.objects.filter(pk=erasure.pk).update(before=None, not_before=at, look_tries=0)
        record("erasure.look_asked", erasure.subject, by=by, at=at)
        ring(LANE_TASK, erasure.account_id)


@deed()
def reopen(ticket: DeletionTicket, request: Request, *, by: Actor, at: datetime) -> DeletionTicket:
    """Open a linked ticket with the original dates, with corrected identifiers or as it was.

    Rejected erasures of the old ticket wait for the new one's approval and close with it.
    """
    if not ticket.is_closed and not ticket.erasures.open().filter(status=_E.REJECTED).exists():
        raise TicketError("Only a closed ticket, or one with a rejected erasure, can be opened anew.")
    successor = open_ticket(request, by=by, at=at, predecessor=ticket)
    rejected = ticket.erasures.open().filter(status=_E.REJECTED).select_related("ticket", "account")
    for erasure in rejected:
        facts = {"attention": Attention.CORRECTED.value, "corrected_in": successor.reference}
        Erasure.objects.filter(pk=erasure.pk).update(attention=Attention.CORRECTED)
        record("erasure.corrected", erasure.subject, by=by, at=at, facts=facts)
    record("ticket.reopened", ticket.reference, by=by, at=at, facts={"as": successor.reference})
    return successor


def _change(erasure: Erasure, status: str, action: str, *, by: Actor, at: datetime, **changes: object) -> None:
    if not doors.move_erasure(erasure, status, expected=erasure.status, fence=F("fence") + 1, **changes):
        raise TicketError("This erasure moved on meanwhile. Load the page again.")
    record(action, erasure.subject, by=by, at=at, facts={"status": str(status)})
    doors.follow_erasures(erasure.ticket_id, by=by, at=at)
    ring(LANE_TASK, erasure.account_id)


def _close_one(erasure: Erasure, status: str, *, text: str, by: Actor, at: datetime) -> None:
    if not _close([erasure], status, text=text, by=by, at=at):
        raise TicketError("This erasure is closed, or a request for it is on its way. Load the page again.")


def _close(erasures: Iterable[Erasure], status: str, *, text: str, by: Actor, at: datetime) -> list[Erasure]:
    closed = doors.close_erasures(erasures, status, by=by, at=at)
    for erasure in closed:
        if text:
            Erasure.objects.filter(pk=erasure.pk).update(reason=_sealed(erasure, text))
        record("erasure.closed", erasure.subject, by=by, at=at, facts={"status": str(status)})
        doors.follow_erasures(erasure.ticket_id, by=by, at=at)
    return closed


def _status_when_closed(erasure: Erasure) -> str:
    if erasure.status in {_E.REJECTED, _E.STILL_PRESENT, _E.OUTCOME_UNKNOWN, _E.ACCEPTED}:
        return erasure.status
    return _E.OUTCOME_UNKNOWN if erasure.doubt else _E.STOPPED


def _require_approved(erasure: Erasure) -> None:
    if erasure.ticket.approved_by_id is None:
        raise TicketError("Nothing was approved here yet: deny or cancel the ticket instead.")


def _sealed(erasure: Erasure, text: str) -> bytes:
    require_reason(text)
    return seal(erasure.ticket.key, text, name=erasure.reason_name)
