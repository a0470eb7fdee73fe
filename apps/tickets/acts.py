"""Who may do what to a ticket and its erasures now: which buttons a page offers. The services decide once more."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from .attention import Attention
from .models import DeletionTicket, Erasure
from .states import (
    AT_THE_VENDORS,
    BEFORE_ANY_SEND,
    BEFORE_APPROVAL,
    CLOSED,
    SENDABLE,
    SENDABLE_ERASURE,
    ErasureStatus,
    TicketStatus,
)
from .unsubscribes import why_not_mute

_E, _T = ErasureStatus, TicketStatus
RENEWABLE = frozenset({Attention.APPROVAL_EXPIRED, Attention.APPROVER_GONE})
_LOOKED_AT_AGAIN = frozenset({Attention.NO_SNAPSHOT, Attention.CRASHED_TWICE})
_RESENT_BY_APPROVERS = frozenset({_E.OUTCOME_UNKNOWN, _E.STILL_PRESENT})
_NO_FINAL_ANSWER = _RESENT_BY_APPROVERS | {_E.RETRY_WAIT}


@dataclass(frozen=True)
class Viewer:
    """The person at the screen: who they are and what they may do."""

    pk: int
    permissions: Collection[str]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


@dataclass(frozen=True)
class Act:
    """One button. ``asks``: it opens a form in place first; ``hint`` stands above that form."""

    verb: str
    label: str
    tone: str = ""
    asks: bool = True
    hint: str = ""


TicketRule = Callable[[DeletionTicket, list[Erasure], Viewer], bool]
ErasureRule = Callable[[DeletionTicket, Erasure, Viewer], bool]


def ticket_acts(ticket: DeletionTicket, erasures: list[Erasure], viewer: Viewer) -> list[Act]:
    """Return the acts on the whole ticket, the most likely one first. Pure: needs what it is given, loaded."""
    return [act for act, permission, fits in _TICKET if viewer.may(permission) and fits(ticket, erasures, viewer)]


def erasure_acts(ticket: DeletionTicket, erasure: Erasure, viewer: Viewer) -> list[Act]:
    """Return the acts on one erasure; none while a request is on its way or once it is closed."""
    if not erasure.is_open or erasure.status == _E.SENDING or ticket.status in CLOSED:
        return []
    return [act for act, permission, fits in _ERASURE if viewer.may(permission) and fits(ticket, erasure, viewer)]


def is_second_person(ticket: DeletionTicket, viewer: Viewer) -> bool:
    """Tell whether the viewer neither opened the ticket nor verified the identity."""
    return viewer.pk not in {ticket.opened_by_id, ticket.identity_verified_by_id}


def _may_approve(ticket, erasures, viewer):
    return ticket.status == _T.PENDING_APPROVAL and is_second_person(ticket, viewer)


def _may_renew(ticket, erasures, viewer):
    ran_out = any(erasure.is_open and erasure.attention in RENEWABLE for erasure in erasures)
    return ran_out and ticket.status in SENDABLE and is_second_person(ticket, viewer)


def _may_stop(ticket, erasures, viewer):
    return ticket.status in AT_THE_VENDORS and any(is_unsent(erasure) and not erasure.doubt for erasure in erasures)


def _may_look(ticket, erasures, viewer):
    waiting = [e for e in erasures if e.is_open and e.status == _E.QUEUED and not e.waiver and not e.leased_until]
    return bool(waiting) and ticket.status not in CLOSED and ticket.status != _T.AWAITING_IDENTITY


def _may_correct_ticket(ticket, erasures, viewer):
    return ticket.status in CLOSED and ticket.status != _T.DUPLICATE


def is_unsent(erasure: Erasure) -> bool:
    return erasure.is_open and erasure.status in SENDABLE_ERASURE


def _may_retry(ticket, erasure, viewer):
    if erasure.status == _E.QUEUED:
        return erasure.attention in _LOOKED_AT_AGAIN
    allowed = erasure.status not in _RESENT_BY_APPROVERS or viewer.may("tickets.close_erasure")
    return erasure.status in _NO_FINAL_ANSWER and allowed and not _waits_for_somebody(erasure)


def _may_close(ticket, erasure, viewer):
    return ticket.approved_by_id is not None and _is_stuck(erasure)


def _may_record_by_hand(ticket, erasure, viewer):
    waits = erasure.attention == Attention.AWAITS_SECOND_PERSON
    return ticket.approved_by_id is not None and _is_stuck(erasure) and not waits


def _may_confirm_by_hand(ticket, erasure, viewer):
    return erasure.attention == Attention.AWAITS_SECOND_PERSON and erasure.manual_by_id != viewer.pk


def _may_waive(ticket, erasure, viewer):
    return is_unsent(erasure) and not erasure.before_id and not erasure.waiver


def _may_confirm_snapshot(ticket, erasure, viewer):
    return erasure.attention == Attention.CHANGED_SINCE_APPROVAL


def _may_correct(ticket, erasure, viewer):
    return erasure.status == _E.REJECTED and erasure.attention != Attention.CORRECTED


def _is_stuck(erasure: Erasure) -> bool:
    """Tell whether nothing more happens here unless a person acts."""
    return bool(erasure.attention) or erasure.status in {_E.REJECTED, _E.STILL_PRESENT}


def _may_exempt(ticket, erasure, viewer):
    return _is_stuck(erasure) or is_unsent(erasure)


def _may_mute(ticket, erasure, viewer):
    return is_unsent(erasure) and not why_not_mute(ticket, erasure)


def _waits_for_somebody(erasure: Erasure) -> bool:
    return erasure.attention in {Attention.AWAITS_SECOND_PERSON, Attention.CORRECTED, *RENEWABLE}


_TICKET: tuple[tuple[Act, str, TicketRule], ...] = (
    (
        Act("approve", "Approve", "primary", hint="What leaves after this click cannot be taken back."),
        "tickets.approve_deletionticket",
        _may_approve,
    ),
    (
        Act("renew", "Approve again", "primary", asks=False),
        "tickets.approve_deletionticket",
        _may_renew,
    ),
    (
        Act("verify", "Verify identity", "primary", hint="Whoever verifies the identity cannot approve this ticket."),
        "tickets.verify_deletionticket",
        lambda ticket, erasures, viewer: ticket.status == _T.AWAITING_IDENTITY,
    ),
    (
        Act("reopen", "Reopen", hint="Opens a linked ticket with the original dates."),
        "tickets.add_deletionticket",
        _may_correct_ticket,
    ),
    (
        Act("undo-duplicate", "Not a duplicate", asks=False),
        "tickets.cancel_deletionticket",
        lambda ticket, erasures, viewer: ticket.status == _T.DUPLICATE,
    ),
    (
        Act("release", "Release", "primary", asks=False),
        "tickets.release_deletionticket",
        lambda ticket, erasures, viewer: ticket.on_hold and ticket.status not in CLOSED,
    ),
    (
        Act("look", "Look now", asks=False),
        "tickets.retry_erasure",
        _may_look,
    ),
    (
        Act("hold", "Hold", hint="Nothing leaves while a ticket is on hold; its clock runs on."),
        "tickets.hold_deletionticket",
        lambda ticket, erasures, viewer: not ticket.on_hold and ticket.status not in CLOSED,
    ),
    (
        Act("duplicate", "Mark as duplicate", hint="Comes back by itself if that one is denied or cancelled."),
        "tickets.cancel_deletionticket",
        lambda ticket, erasures, viewer: ticket.status in BEFORE_APPROVAL,
    ),
    (
        Act("stop", "Stop the rest", "danger", hint="What was sent already cannot be called back."),
        "tickets.stop_erasure",
        _may_stop,
    ),
    (
        Act("cancel", "Cancel", "danger", hint="Nothing was sent yet, and nothing will be."),
        "tickets.cancel_deletionticket",
        lambda ticket, erasures, viewer: ticket.status in BEFORE_ANY_SEND,
    ),
    (
        Act("deny", "Deny", "danger", hint="The reason is sealed; reports name the code alone."),
        "tickets.deny_deletionticket",
        lambda ticket, erasures, viewer: ticket.status in BEFORE_APPROVAL,
    ),
)

_ERASURE: tuple[tuple[Act, str, ErasureRule], ...] = (
    (
        Act("confirm-by-hand", "Confirm the evidence", "primary", asks=False),
        "tickets.close_erasure",
        _may_confirm_by_hand,
    ),
    (
        Act("confirm-snapshot", "Confirm the new snapshot", "primary", asks=False),
        "tickets.approve_deletionticket",
        _may_confirm_snapshot,
    ),
    (
        Act("correct", "Correct and reopen", "primary", hint="Opens a linked ticket; this one closes on its approval."),
        "tickets.add_deletionticket",
        _may_correct,
    ),
    (Act("retry", "Retry", asks=False), "tickets.retry_erasure", _may_retry),
    (
        Act("by-hand", "Done by hand", hint="An approver who is somebody else has to confirm it."),
        "tickets.retry_erasure",
        _may_record_by_hand,
    ),
    (
        Act("waive", "Waive the snapshot", hint="Then nobody will know what was lost."),
        "tickets.waive_snapshot",
        _may_waive,
    ),
    (
        Act(
            "mute",
            "Mute now",
            hint="Unsubscribes the person at the vendor while the deletion waits. It leaves after the check of that.",
        ),
        "tickets.mute_subscriber",
        _may_mute,
    ),
    (Act("exempt", "Exempt", hint="A ground for keeping the data applies here."), "tickets.close_erasure", _may_exempt),
    (
        Act("close", "Close as not erased", "danger", hint="Counts as not erased in every report."),
        "tickets.close_erasure",
        _may_close,
    ),
)
