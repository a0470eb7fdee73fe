"""What must hold after every step, written from the design's tables and not from the code."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Sum

from apps.audit.selectors import verify
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.tickets.models.erasure import Waiver
from apps.tickets.selectors.identifiers import identifiers_of
from apps.vendors.models import Usage, VendorAccount

from .world import WITHOUT_EFFECT, World

TICKET_MOVES = {
    "awaiting_identity": {"pending_approval", "denied", "cancelled", "duplicate"},
    "pending_approval": {"approved", "denied", "cancelled", "duplicate"},
    "approved": {"in_progress", "cancelled", "pending_approval", "completed"},
    "in_progress": {"awaiting_readback", "completed"},
    "awaiting_readback": {"in_progress", "completed"},
    "completed": set(),
    "denied": set(),
    "cancelled": set(),
    "duplicate": {"awaiting_identity", "pending_approval"},
}
OPEN_ERASURE = {"queued", "sending", "accepted", "rejected", "retry_wait", "outcome_unknown", "still_present"}
ALWAYS_CLOSED = {"not_found", "verified_absent", "not_applicable", "exempt", "manual", "stopped"}
BEFORE_ANY_SEND = {"awaiting_identity", "pending_approval", "approved", "denied", "cancelled", "duplicate"}
SENDABLE = {"approved", "in_progress", "awaiting_readback"}
ERASED = {"verified_absent", "accepted", "manual"}
FAILED = {"rejected", "still_present", "outcome_unknown", "retry_wait", "stopped"}
SETTLED = WITHOUT_EFFECT | {"looked", "sent anew by an approver"}
DAY = timedelta(days=1)


def check_ticket_moves(before: dict[int, str], after: dict[int, str]) -> None:
    for pk, status in after.items():
        was = before.get(pk, status)
        assert status == was or status in _reachable(was), f"ticket {was} became {status}"


def check_erasures(rows: Iterable[Erasure]) -> None:
    for row in rows:
        assert row.status in OPEN_ERASURE | ALWAYS_CLOSED
        assert row.closed_at or row.status not in ALWAYS_CLOSED, f"{row.status} is open"
        assert row.status != "sending" or row.leased_until, "sent without a lease"


def check_closed_erasures_stay(before: dict[int, str], rows: Iterable[Erasure]) -> None:
    """``before`` maps the erasures that were closed to their status."""
    for row in rows:
        if row.pk in before:
            assert (row.status, row.closed_at is not None) == (before[row.pk], True), f"{before[row.pk]} did not stay"


def check_absence(before: dict[int, str], rows: Iterable[Erasure], world: World) -> None:
    """Whoever is called absent is: the vendor holds none of the records that the snapshot named."""
    for row in rows:
        if row.status == "verified_absent" and row.pk not in before:
            name = identifiers_of(row.ticket)[row.kind]
            still = set(world.holds(row.account.name, name)) & set(row.before.vendor_uuids if row.before else ())
            assert not still, "called absent, and is there"


def check_tickets(tickets: Iterable[DeletionTicket]) -> None:
    for ticket in tickets:
        statuses = list(ticket.erasures.values_list("status", "closed_at"))
        sent = Attempt.objects.filter(erasure__ticket=ticket).exists()
        assert not (sent and ticket.status in BEFORE_ANY_SEND), f"sent, and the ticket is {ticket.status}"
        _check_four_eyes(ticket)
        if ticket.status == "completed":
            assert all(closed_at for _, closed_at in statuses), "completed with an open erasure"
            assert ticket.resolution == resolution({status for status, _ in statuses})


def check_somebody_acts(tickets: Iterable[DeletionTicket]) -> None:
    """Every open erasure that was approved moves by itself, or says what a person must do."""
    for ticket in tickets:
        if ticket.status in SENDABLE and not ticket.on_hold:
            for row in ticket.erasures.filter(closed_at=None):
                assert row.not_before or row.leased_until or row.attention, f"{row.status} waits for nobody"


def check_attempts(story: dict[int, list[str]]) -> None:
    """No second request without a look, except after an answer that surely had no effect.

    Where no look is possible, an approver's word stands for it. ``story`` holds each erasure's moves in the order in
    which they were committed: "sent", "looked", "sent anew by an approver", or an outcome.
    """
    for moves in story.values():
        doubt = False
        for move in moves:
            assert not (move == "sent" and doubt), f"sent twice without a look: {moves}"
            doubt = move == "sent" or doubt and move not in SETTLED


def check_snapshots(rows: Iterable[Erasure]) -> None:
    for row in rows:
        if row.attempts.exists():
            assert row.before_id or row.waiver in Waiver.values, "sent without a snapshot or a waiver"


def check_quota(received: dict[str, int], *, at: datetime) -> None:
    for account in VendorAccount.objects.exclude(per_day=None):
        counted = Usage.objects.filter(account=account)
        assert (counted.aggregate(n=Sum("sends"))["n"] or 0) >= received.get(account.name, 0)
        for row in counted:
            window = counted.filter(minute__gte=row.minute, minute__lt=row.minute + DAY)
            assert window.aggregate(n=Sum("sends"))["n"] <= account.per_day, "more than a day takes"


def check_ledger() -> None:
    verdict = verify()
    assert verdict.fault is None, verdict.fault


def resolution(statuses: set[str]) -> str:
    """The design's list, "first that fits"."""
    found = statuses - {"not_applicable"}
    if found == {"exempt"}:
        return "exempt"
    if found & FAILED and not found & ERASED:
        return "not_erased"
    if found & ERASED and (found & FAILED or "exempt" in found):
        return "partly_erased"
    if "accepted" in found:
        return "accepted_unverified"
    if not found & ERASED:
        return "not_found"
    return "erased_by_hand" if found & ERASED == {"manual"} else "erased_verified"


def _check_four_eyes(ticket: DeletionTicket) -> None:
    if ticket.approved_by_id:
        assert ticket.approved_by_id not in {ticket.opened_by_id, ticket.identity_verified_by_id}, "approved alone"


def _reachable(status: str) -> set[str]:
    """One act leads a ticket over two states at most, such as from approved over "at the vendors" to completed."""
    return TICKET_MOVES[status].union(*(TICKET_MOVES[one] for one in TICKET_MOVES[status]))
