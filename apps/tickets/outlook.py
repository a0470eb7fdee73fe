"""What happens next, in one sentence. Reads loaded rows only; mirrors the rules of selectors.due for the eye."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.conf import settings

from apps.vendors.models import VendorAccount

from .attention import Attention
from .meanings import vendor_label
from .models import DeletionTicket, Erasure
from .moments import clock, day, listed
from .states import CALLED_OFF, CLOSED, SENDABLE, SENDABLE_ERASURE, Doubt, ErasureStatus, Resolution, TicketStatus
from .unsubscribes import what_stays

_E, _T, _R = ErasureStatus, TicketStatus, Resolution
FLIGHT, LOOK, SEND, RESEND, READ_BACK, SETTLE = "flight", "look", "send", "resend", "read_back", "settle"
SOON = timedelta(minutes=5)
LEASE_SLACK = timedelta(minutes=2)  # after a lease: the sweep that takes it back comes each minute

Slots = Mapping[int, datetime]  # by account: when its day takes another deletion, where it takes none now
FREE: Slots = MappingProxyType({})


@dataclass(frozen=True)
class Outlook:
    """The sentence, its tone, and the moment it speaks of."""

    text: str
    tone: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class OwnMove:
    """Something that an erasure does by itself, and when at the earliest."""

    kind: str
    at: datetime


def outlook(ticket: DeletionTicket, erasures: list[Erasure], now: datetime, slots: Slots = FREE) -> Outlook:
    """Say what happens to a ticket next, and by whom."""
    if ticket.status in CALLED_OFF:
        return _called_off(ticket, erasures, now)
    if ticket.status in CLOSED:
        return _closed(ticket, erasures)
    if ticket.status in _BEFORE:
        return _BEFORE[ticket.status](ticket)
    return (
        _needs_a_person(erasures)
        or _is_stuck(erasures, now)
        or _waits(ticket, erasures, now)
        or _moves(ticket, erasures, now, slots)
    )


def own_move(ticket: DeletionTicket, erasure: Erasure, now: datetime, slots: Slots = FREE) -> OwnMove | None:
    """Return what the console does for an erasure without anybody's help, or None."""
    if erasure.leased_until:
        return OwnMove(FLIGHT, now)
    if _rests(ticket, erasure):
        return None
    kind = _kind(ticket, erasure)
    slot_at = slots.get(erasure.account_id) if kind == SEND else None
    moments = [erasure.not_before, erasure.account.rests_until, slot_at]
    return OwnMove(kind, max(moment for moment in moments if moment)) if kind else None


def held_back(account: VendorAccount, now: datetime) -> str:
    """Say why an account makes its work wait without anybody's help, as the rest of a sentence; "" if not."""
    if account.is_paused or account.may_be_called(now):
        return ""
    if account.is_broken:
        return "does not answer as documented: one erasure at a time is tried, until it does again."
    return f"is busy until {clock(account.rests_until, now)}."


def is_going_on(ticket: DeletionTicket, erasures: Iterable[Erasure], now: datetime, slots: Slots = FREE) -> bool:
    """Tell whether the page may change by itself within minutes."""
    moves = [own_move(ticket, erasure, now, slots) for erasure in erasures]
    return any(move and move.at <= now + SOON for move in moves)


def labels_of(erasures: Iterable[Erasure]) -> dict[int, str]:
    """Name each account by its vendor, and by its own name too where a vendor has several."""
    accounts = {erasure.account_id: erasure.account for erasure in erasures}
    vendors = [account.vendor for account in accounts.values()]
    return {
        pk: vendor_label(account.vendor) + (f" ({account.name})" if vendors.count(account.vendor) > 1 else "")
        for pk, account in accounts.items()
    }


def _rests(ticket: DeletionTicket, erasure: Erasure) -> bool:
    account = erasure.account
    waits_for_a_person = erasure.attention or account.is_paused or not account.is_active
    return not erasure.is_open or waits_for_a_person or erasure.not_before is None or ticket.status in CLOSED


def _kind(ticket: DeletionTicket, erasure: Erasure) -> str:
    if erasure.status not in SENDABLE_ERASURE:
        return READ_BACK if erasure.status == _E.ACCEPTED else SETTLE
    if erasure.doubt:
        return RESEND if erasure.doubt == Doubt.UNCLEAR else SETTLE
    if not erasure.before_id and not erasure.waiver:
        return "" if ticket.status == _T.AWAITING_IDENTITY else LOOK
    return SEND if ticket.status in SENDABLE and not ticket.on_hold else ""


def _needs_a_person(erasures: list[Erasure]) -> Outlook | None:
    stuck = [erasure for erasure in erasures if erasure.is_open and erasure.attention]
    if not stuck:
        return None
    labels = labels_of(erasures)
    names = listed(_unique(labels[erasure.account_id] for erasure in stuck))
    verb = "needs" if len({erasure.account_id for erasure in stuck}) == 1 else "need"
    whys = listed(_unique(_lower(Attention(erasure.attention).label) for erasure in stuck))
    return Outlook(f"{names} {verb} a person: {whys}.", "bad")


def _is_stuck(erasures: list[Erasure], now: datetime) -> Outlook | None:
    """Say so where a worker has not come back, and the sweep that takes its work over has not come either."""
    held = [erasure for erasure in erasures if erasure.leased_until and erasure.leased_until <= now - LEASE_SLACK]
    if not held:
        return None
    names = listed(_unique(labels_of(erasures)[erasure.account_id] for erasure in held))
    since = min(erasure.leased_until for erasure in held)
    return Outlook(
        f"Stuck at {names} since {clock(since, now)}: the worker has not come back. It goes on by itself once workers "
        "answer, with a look before anything is sent again.",
        "bad",
    )


def _waits(ticket: DeletionTicket, erasures: list[Erasure], now: datetime) -> Outlook | None:
    unsent = [erasure for erasure in erasures if erasure.is_open and erasure.status in SENDABLE_ERASURE]
    if not unsent:
        return None
    if ticket.on_hold:
        return Outlook("On hold: nothing leaves until it is released, and the clock runs on.", "warn")
    if ticket.leaves_at and ticket.leaves_at > now:
        return Outlook(f"Leaves at {clock(ticket.leaves_at, now)}.", at=ticket.leaves_at)
    return _paused(unsent, labels_of(erasures)) if all(erasure.account.is_paused for erasure in unsent) else None


def _paused(erasures: list[Erasure], labels: dict[int, str]) -> Outlook:
    names = listed(_unique(labels[erasure.account_id] for erasure in erasures))
    why = _lower(erasures[0].account.get_pause_code_display())
    return Outlook(f"Waits until somebody resumes {names}: {why}.", "bad")


def _moves(ticket: DeletionTicket, erasures: list[Erasure], now: datetime, slots: Slots) -> Outlook:
    pairs = [(erasure, move) for erasure in erasures if (move := own_move(ticket, erasure, now, slots))]
    if not pairs:
        paused = [erasure for erasure in erasures if erasure.is_open and erasure.account.is_paused]
        nothing = Outlook("Nothing happens by itself: read the cards below.", "warn")
        return _paused(paused, labels_of(erasures)) if paused else nothing
    first = min(pairs, key=lambda pair: pair[1].at)[1]
    alike = [(erasure, move) for erasure, move in pairs if move.kind == first.kind]
    text = _sentence(first, alike, labels_of(erasures), now) + _behind_a_probe(alike, labels_of(erasures), now)
    return Outlook(text, at=None if first.kind == FLIGHT else first.at)


def _behind_a_probe(pairs: list[tuple[Erasure, OwnMove]], labels: dict[int, str], now: datetime) -> str:
    """Add why it may not be this one's turn: of a broken account's erasures one at a time is tried."""
    broken = [erasure for erasure, move in pairs if erasure.account.is_broken and move.kind != FLIGHT]
    return "".join(_unique(f" {labels[one.account_id]} {held_back(one.account, now)}" for one in broken))


def _sentence(first: OwnMove, alike: list[tuple[Erasure, OwnMove]], labels: dict[int, str], now: datetime) -> str:
    if first.kind == FLIGHT:
        return f"{listed(_unique(labels[erasure.account_id] for erasure, _ in alike))} is answering right now."
    if first.kind == SEND and first.at > now and alike[0][0].tries:
        return f"{_when(alike, labels, now, 'asked again')}."
    return f"{_when(alike, labels, now, _DEEDS[first.kind])}{_AFTER.get(first.kind, '')}."


_DEEDS = {LOOK: "searched", SEND: "asked", RESEND: "asked again", READ_BACK: "checked", SETTLE: "checked"}
_AFTER = {RESEND: ", after a look", SETTLE: ", since nobody knows yet what the last request did"}


def _when(pairs: list[tuple[Erasure, OwnMove]], labels: dict[int, str], now: datetime, deed: str) -> str:
    """Put accounts with the same moment together: "Bento and Blueshift will be checked at 14:20"."""
    times: dict[str, list[str]] = {}
    for erasure, move in sorted(pairs, key=lambda pair: pair[1].at):
        names = times.setdefault(f"at {clock(move.at, now)}" if move.at > now else "next", [])
        if labels[erasure.account_id] not in names:
            names.append(labels[erasure.account_id])
    (first, names), *rest = times.items()
    verb = "will be" if first != "next" else "is" if len(names) == 1 else "are"
    return ", ".join([f"{listed(names)} {verb} {deed} {first}", *(f"{listed(who)} {when}" for when, who in rest)])


def _awaits_identity(ticket: DeletionTicket) -> Outlook:
    until = ticket.opened_at + timedelta(days=settings.IDENTITY_DAYS)
    return Outlook(f"Waits until the identity is verified; denied by itself on {day(until)}.", at=until)


def _awaits_approval(ticket: DeletionTicket) -> Outlook:
    people = _unique(
        person.get_username() for person in (ticket.opened_by, ticket.identity_verified_by) if person is not None
    )
    hold = " It is on hold, so nothing leaves even then." if ticket.on_hold else ""
    return Outlook(f"Waits for approval by somebody other than {listed(people)}.{hold}")


_BEFORE = {_T.AWAITING_IDENTITY: _awaits_identity, _T.PENDING_APPROVAL: _awaits_approval}

_ENDS = {
    _R.ERASED_VERIFIED: ("Done: looks after the requests found nobody.", "good"),
    _R.ACCEPTED_UNVERIFIED: ("Done: every request was accepted, and not every one could be verified.", "warn"),
    _R.ERASED_BY_HAND: ("Done: erased by hand, confirmed by a second person.", "good"),
    _R.PARTLY_ERASED: ("Closed: erased in part. The cards below say where not.", "warn"),
    _R.NOT_ERASED: ("Closed: nothing was erased.", "bad"),
    _R.NOT_FOUND: ("Done: no vendor holds this person.", "good"),
    _R.EXEMPT: ("Closed: a ground for keeping the data applies.", ""),
    _R.WITHDRAWN: ("Cancelled before any deletion was sent: the request was withdrawn.", ""),
    _R.OPENED_IN_ERROR: ("Cancelled before any deletion was sent: it was opened in error.", ""),
}


def _called_off(ticket: DeletionTicket, erasures: list[Erasure], now: datetime) -> Outlook:
    """Say beside the end what outlives it: a mute is the one thing that left before a deletion did."""
    end, stays = _closed(ticket, erasures), what_stays(erasures, now)
    return Outlook(f"{end.text} {stays}", "warn", end.at) if stays else end


def _closed(ticket: DeletionTicket, erasures: list[Erasure]) -> Outlook:
    if ticket.status == _T.DENIED:
        return Outlook(f"Denied: {_lower(ticket.get_denial_code_display())}.", at=ticket.closed_at)
    if ticket.status == _T.DUPLICATE:
        cover = ticket.cover.reference if ticket.cover else "another ticket"
        return Outlook(f"Duplicate of {cover}: comes back if that one is denied or cancelled.", at=ticket.closed_at)
    text, tone = _ENDS.get(ticket.resolution, ("Closed.", ""))
    if ticket.resolution == _R.ERASED_VERIFIED:
        text = _verified(text, erasures)
    return Outlook(text, tone, at=ticket.closed_at)


def _verified(plain: str, erasures: list[Erasure]) -> str:
    """Promise no more than the looks saw: what is left on purpose, or was cleared and kept, is found for ever."""
    found = "nobody"
    if any(erasure.after and erasure.after.profiles for erasure in erasures):
        found = "nothing more of the person to erase; the cards say what remains"
    if any(erasure.status == _E.MANUAL for erasure in erasures):
        return f"Done: looks found {found}, and the rest was erased by hand and confirmed by a second person."
    return plain if found == "nobody" else f"Done: looks after the requests found {found}."


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _lower(text: str) -> str:
    """Lower the first letter only: names inside keep theirs, and so do abbreviations."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
