"""Who may do what to a ticket and its erasures now: which buttons a page offers. The services decide once more."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from . import objections
from .arrivals import may_have_arrived
from .models import DeletionTicket, Erasure
from .states import (
    BEFORE_ANY_SEND,
    BEFORE_APPROVAL,
    CLOSED,
    SENDABLE,
    ErasureStatus,
    TicketStatus,
)
from .unsubscribes import why_not_mute

_E, _T = ErasureStatus, TicketStatus
CHOOSE = "choose"


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
    return not objections.to_second_person(ticket, viewer.pk)


def _may_approve(ticket, erasures, viewer):
    return ticket.status == _T.PENDING_APPROVAL and is_second_person(ticket, viewer)


def _may_renew(ticket, erasures, viewer):
    ran_out = any(erasure.is_open and erasure.attention in objections.RENEWABLE for erasure in erasures)
    return ran_out and ticket.status in SENDABLE and is_second_person(ticket, viewer)


def _may_stop(ticket, erasures, viewer):
    return any(objections.can_be_stopped(ticket, erasure) for erasure in erasures)


def _may_look(ticket, erasures, viewer):
    queued = [e for e in erasures if e.is_open and e.status == _E.QUEUED and not may_have_arrived(e)]
    waiting = [erasure for erasure in queued if not erasure.waiver and not erasure.leased_until]
    return bool(waiting) and not objections.to_look(ticket)


def _may_correct_ticket(ticket, erasures, viewer):
    return ticket.status in CLOSED and ticket.status != _T.DUPLICATE


def _may_retry(ticket, erasure, viewer):
    if objections.to_retry(erasure):
        return False
    resends = erasure.status in objections.RESENT_BY_APPROVERS
    return not resends or (viewer.may("tickets.close_erasure") and is_second_person(ticket, viewer))


def _may_mute(ticket, erasure, viewer):
    return not why_not_mute(ticket, erasure)


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
        Act("cancel", "Cancel", "danger", hint="No deletion was sent yet, and none will be."),
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
        lambda ticket, erasure, viewer: not objections.to_confirm_by_hand(erasure, viewer.pk),
    ),
    (
        Act("confirm-snapshot", "Confirm the new snapshot", "primary", asks=False),
        "tickets.approve_deletionticket",
        lambda ticket, erasure, viewer: not objections.to_confirm_snapshot(ticket, erasure, viewer.pk),
    ),
    (
        Act(CHOOSE, "Choose profiles", "primary", hint="Whose profiles are these? Only what is chosen is asked for."),
        "tickets.approve_deletionticket",
        lambda ticket, erasure, viewer: not objections.to_choose(ticket, erasure, viewer.pk),
    ),
    (
        Act("correct", "Correct and reopen", "primary", hint="Opens a linked ticket; this one closes on its approval."),
        "tickets.add_deletionticket",
        lambda ticket, erasure, viewer: not objections.to_correct(erasure),
    ),
    (Act("retry", "Retry", asks=False), "tickets.retry_erasure", _may_retry),
    (
        Act("by-hand", "Done by hand", hint="An approver who is somebody else has to confirm it."),
        "tickets.retry_erasure",
        lambda ticket, erasure, viewer: not objections.to_record_by_hand(ticket, erasure),
    ),
    (
        Act("waive", "Waive the snapshot", hint="Then nobody will know what was lost."),
        "tickets.waive_snapshot",
        lambda ticket, erasure, viewer: not objections.to_waive(erasure),
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
    (
        Act("exempt", "Exempt", hint="A ground for keeping the data applies here."),
        "tickets.close_erasure",
        lambda ticket, erasure, viewer: not objections.to_exempt(erasure),
    ),
    (
        Act("close", "Close as not erased", "danger", hint="Counts as not erased in every report."),
        "tickets.close_erasure",
        lambda ticket, erasure, viewer: not objections.to_close(ticket, erasure),
    ),
)
