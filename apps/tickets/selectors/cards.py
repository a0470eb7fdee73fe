"""The cards of a ticket page: one per vendor account and identifier, as plain values that cause no query."""

from dataclasses import dataclass, replace
from datetime import datetime

from apps.audit.models import AuditSnapshot
from apps.tickets.attention import Advice, Attention, advice_for
from apps.tickets.foretelling import Foretold
from apps.tickets.meanings import Meaning, meaning_of
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.tickets.models.erasure import Waiver
from apps.tickets.moments import clock, count, day, seconds, span
from apps.tickets.outlook import (
    FLIGHT,
    FREE,
    LOOK,
    READ_BACK,
    RESEND,
    SEND,
    SETTLE,
    Slots,
    held_back,
    labels_of,
    own_move,
)
from apps.tickets.records import records_of
from apps.tickets.remains import remains
from apps.tickets.standings import Standing, erasure_standing
from apps.tickets.states import CLOSED, ErasureStatus, TicketStatus
from apps.tickets.unsubscribes import Told, tell

from .findings import KIND_NAMES
from .foretold import foretold
from .profiles import Held, held_by
from .reasons import Given, opened, read_reasons
from .unseen import why_unseen

LONGEST_WORDS = 2048
_UNSUBSCRIBED = (
    "This person has unsubscribed, and deletion loses that. If a shop, an import or a webhook replay brings them back, "
    "they come back as subscribed."
)

_STATES = {True: "unsubscribed", False: "subscribed", None: "not told whether subscribed"}


@dataclass(frozen=True)
class Snapshot:
    """What a look found, in a line. ``pk`` is set where there is something to open."""

    headline: str
    tone: str = "idle"
    loud: str = ""
    note: str = ""
    taken_at: datetime | None = None
    age: str = ""
    digest: str = ""
    pk: int | None = None


@dataclass(frozen=True)
class Try:
    """One request: when it left, how long the answer took, and what it was. ``words`` are the vendor's, untrusted.

    ``part`` says which round it was, or which of the profiles that are asked for one by one.
    """

    number: int
    part: str
    started_at: datetime
    took: str
    meaning: Meaning
    request_id: str
    words: str


@dataclass(frozen=True)
class Card:
    """One erasure. ``next_step`` is a sentence; ``advice`` is set where a person has to act."""

    pk: int
    title: str
    account: str
    kind: str
    masked: str
    standing: Standing
    answer: Meaning | None
    next_step: str
    forecast: Foretold | None
    advice: Advice | None
    attention: str
    before: Snapshot | None
    after: Snapshot | None
    tries: list[Try]
    held: Held
    reasons: list[Given]
    closed_by: str
    closed_at: datetime | None
    manual_by: str
    unsubscribes: list[Told]

    @property
    def settled_by_look(self) -> bool:
        """Tell whether a look has the last word, so that the vendor's answer is history."""
        return self.after is not None

    @property
    def words(self) -> str:
        """Return what the vendor said last."""
        return next((attempt.words for attempt in reversed(self.tries) if attempt.words), "")

    @property
    def request_id(self) -> str:
        return next((attempt.request_id for attempt in reversed(self.tries) if attempt.request_id), "")


def cards(ticket: DeletionTicket, erasures: list[Erasure], now: datetime, slots: Slots = FREE) -> list[Card]:
    """Return one card per erasure; they need account, identifier, snapshots, attempts, the ticket's key and reasons."""
    labels = labels_of(erasures)
    return [_card(ticket, erasure, labels[erasure.account_id], now, slots) for erasure in erasures]


def _card(ticket: DeletionTicket, erasure: Erasure, label: str, now: datetime, slots: Slots) -> Card:
    tries = [_try(ticket, erasure, attempt) for attempt in erasure.attempts.all()]
    return Card(
        pk=erasure.pk,
        title=label,
        account=erasure.account.name,
        kind=KIND_NAMES.get(erasure.kind, erasure.kind),
        masked=erasure.identifier.masked,
        standing=erasure_standing(erasure, ticket_closed=ticket.is_closed),
        answer=_answer(erasure, tries),
        next_step=_next_step(ticket, erasure, label, now, slots),
        forecast=foretold(ticket, erasure, now),
        advice=advice_for(erasure.attention) if erasure.is_open else None,
        attention=str(Attention(erasure.attention).label) if erasure.attention else "",
        before=_before(ticket, erasure, now),
        after=_after(erasure, now) if erasure.after else None,
        tries=tries,
        held=held_by(erasure),
        reasons=read_reasons([row for row in ticket.reasons.all() if row.erasure_id == erasure.pk], ticket.key),
        closed_by=_name(erasure.closed_by),
        closed_at=erasure.closed_at,
        manual_by=_name(erasure.manual_by),
        unsubscribes=[tell(act, now) for act in sorted(erasure.subscriber_acts.all(), key=lambda act: act.pk)],
    )


def _answer(erasure: Erasure, tries: list[Try]) -> Meaning | None:
    """Return what the last answer means, without a promise once the tries are used up; a refusal is no success."""
    if not tries:
        return None
    meaning = tries[-1].meaning
    if erasure.attention == Attention.OUT_OF_TRIES:
        return replace(meaning, text=f"{meaning.text.partition('.')[0]}.")
    return replace(meaning, tone="warn") if erasure.attention == Attention.PRESENT_BUT_REFUSED else meaning


def _try(ticket: DeletionTicket, erasure: Erasure, attempt: Attempt) -> Try:
    if attempt.answered_at:
        status, html = attempt.http_status, attempt.is_html
        meaning = meaning_of(erasure.account.vendor, attempt.outcome, status, html=html)
    else:
        meaning = Meaning("…", "On its way.", "busy")
    return Try(
        number=attempt.number,
        part=_part(attempt),
        started_at=attempt.started_at,
        took=seconds(attempt.milliseconds),
        meaning=meaning,
        request_id=attempt.request_id,
        words=opened(ticket.key, attempt.words, attempt.words_name)[:LONGEST_WORDS],
    )


def _part(attempt: Attempt) -> str:
    parts = [
        "" if attempt.target is None else f"profile {attempt.target + 1}",
        f"round {attempt.round}" if attempt.round > 1 else "",
    ]
    return ", ".join(part for part in parts if part)


def _next_step(ticket: DeletionTicket, erasure: Erasure, label: str, now: datetime, slots: Slots) -> str:
    move = own_move(ticket, erasure, now, slots)
    if move is None or erasure.attention:
        return _waiting(ticket, erasure)
    if move.kind == FLIGHT:
        return f"{label} is answering right now."
    when = f"at {clock(move.at, now)}" if move.at > now else "as soon as a worker is free"
    held = held_back(erasure.account, now)
    return _STEPS[move.kind].format(label=label, when=when) + (f" {label} {held}" if held else "")


_STEPS = {
    LOOK: "{label} is searched {when}, for the snapshot of what it holds.",
    SEND: "The request leaves {when}.",
    READ_BACK: "{label} is checked {when}: only then is it known whether the person is gone.",
    RESEND: "The request leaves again {when}, after a look.",
    SETTLE: "{label} is checked {when}, before anything else is sent.",
}


def _waiting(ticket: DeletionTicket, erasure: Erasure) -> str:
    if not erasure.is_open or erasure.attention or ticket.status in CLOSED:
        return ""
    if erasure.account.is_paused:
        return f"Waits: the account {erasure.account.name} is paused ({erasure.account.get_pause_code_display()})."
    if ticket.on_hold:
        return "Waits until the ticket is released from hold."
    return {
        TicketStatus.AWAITING_IDENTITY: "Waits for the identity check.",
        TicketStatus.PENDING_APPROVAL: "Waits for approval.",
    }.get(ticket.status, "")


def _before(ticket: DeletionTicket, erasure: Erasure, now: datetime) -> Snapshot | None:
    if erasure.status == ErasureStatus.NOT_APPLICABLE:
        return None
    if erasure.before:
        return _found(erasure.before, now, shown=erasure.shown_at_approval)
    if erasure.waiver == Waiver.NO_LOOKUP:
        kind = KIND_NAMES.get(erasure.kind, erasure.kind).lower()
        return Snapshot(f"Cannot be looked up by {kind}", note="Nobody will know what was lost.")
    if erasure.waiver == Waiver.WAIVED:
        return Snapshot("Waived", "warn", note="An approver let this leave without a snapshot.")
    return _unseen(ticket, erasure, now)


def _unseen(ticket: DeletionTicket, erasure: Erasure, now: datetime) -> Snapshot:
    if not erasure.is_open or ticket.status in CLOSED:
        return Snapshot("Never looked at")
    if ticket.status == TicketStatus.AWAITING_IDENTITY:
        return Snapshot("Not looked at yet", note="The first look follows the identity check.")
    failed = erasure.attention == Attention.NO_SNAPSHOT
    return Snapshot("Could not be looked at" if failed else "Not looked at yet", "bad", note=why_unseen(erasure, now))


def _after(erasure: Erasure, now: datetime) -> Snapshot:
    """Say what is still there and why it counts as it does: the bare number would contradict "the person is gone"."""
    found = _found(erasure.after, now)
    if not erasure.after.is_readable or not erasure.after.profiles:
        return found
    left = remains(erasure)
    return replace(found, headline=f"Found {left.told}", note=left.why)


def _destroyed(snapshot: AuditSnapshot, now: datetime) -> Snapshot:
    on = f" on {day(snapshot.key.shredded_at)}" if snapshot.key.shredded_at else ""
    return Snapshot(
        headline="Contents destroyed",
        note=f"What was found was destroyed{on}: state, tags and fields. Digest, vendor ids and times stay.",
        taken_at=snapshot.taken_at,
        age=f"{span(now - snapshot.taken_at)} ago",
        digest=bytes(snapshot.digest).hex()[:12],
    )


def _found(snapshot: AuditSnapshot, now: datetime, shown: AuditSnapshot | None = None) -> Snapshot:
    if not snapshot.is_readable:
        return _destroyed(snapshot, now)
    before = snapshot.moment == AuditSnapshot.Moment.BEFORE
    return Snapshot(
        headline=f"Found {count(snapshot.profiles, 'profile')}" if snapshot.profiles else "Found nobody",
        tone="warn" if snapshot.unsubscribed and before else "idle",
        loud=_UNSUBSCRIBED if snapshot.unsubscribed and before else "",
        note=_since_approval(shown, snapshot) or _subscription(snapshot),
        taken_at=snapshot.taken_at,
        age=f"{span(now - snapshot.taken_at)} ago",
        digest=bytes(snapshot.digest).hex()[:12],
        pk=snapshot.pk,
    )


def _since_approval(shown: AuditSnapshot | None, snapshot: AuditSnapshot) -> str:
    """Say what the approver had not seen."""
    if shown is None or shown.pk == snapshot.pk:
        return ""
    unseen = records_of(snapshot.vendor_uuids) - records_of(shown.vendor_uuids)
    changed = shown.profiles and snapshot.profiles and shown.unsubscribed != snapshot.unsubscribed
    parts = [
        f"At approval: {count(shown.profiles, 'profile')}." if shown.profiles != snapshot.profiles else "",
        f"{count(len(unseen), 'record')} not shown at approval." if unseen and shown.profiles else "",
        f"{_STATES[shown.unsubscribed].capitalize()} at approval, {_STATES[snapshot.unsubscribed]} now."
        if changed
        else "",
    ]
    return " ".join(part for part in parts if part)


def _subscription(snapshot: AuditSnapshot) -> str:
    if not snapshot.profiles or snapshot.unsubscribed or snapshot.moment == AuditSnapshot.Moment.AFTER:
        return ""
    return "Subscribed." if snapshot.unsubscribed is False else "The vendor does not say whether subscribed."


def _name(user) -> str:
    return user.get_username() if user else ""
