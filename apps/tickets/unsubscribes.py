"""When staff may unsubscribe somebody at a vendor, and how such an act is told. Reads loaded rows only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.privacy.identifiers import Kind
from apps.vendors.clients.client import Offer
from apps.vendors.registry import CLIENTS

from .models import DeletionTicket, Erasure, Reappearance, SubscriberAct
from .moments import clock
from .states import CLOSED, SENDABLE_ERASURE

_Act, _S, _O = SubscriberAct, SubscriberAct.Status, SubscriberAct.Outcome


@dataclass(frozen=True)
class Told:
    """How an act stands: a sentence, and what a person does next where something went wrong."""

    text: str
    next_step: str = ""
    tone: str = "idle"


def is_unsent(ticket: DeletionTicket, erasure: Erasure) -> bool:
    """Tell whether no deletion may have reached the vendor: after one, an unsubscribe would create the person anew."""
    waits = erasure.is_open and erasure.status in SENDABLE_ERASURE and not erasure.doubt
    return waits and erasure.accepted_at is None and ticket.status not in CLOSED


def why_not_mute(ticket: DeletionTicket, erasure: Erasure) -> str:
    """Return the reason against a mute as a sentence, or nothing. Needs account, before snapshot and acts loaded."""
    if not is_unsent(ticket, erasure):
        return "The deletion does not wait any more: an unsubscribe now could create the person anew."
    if not _takes_unsubscribes(erasure):
        return "This account takes no unsubscribe for this kind of identifier."
    if erasure.before is None or not erasure.before.profiles:
        return "A person is muted only after a snapshot that found them."
    return _why_not_again(erasure.subscriber_acts.all()) or _why_not_unsubscribed(erasure.before.unsubscribed)


def why_not_restore(reappearance: Reappearance) -> str:
    """Return the reason against restoring the unsubscribe state, or nothing; the look before it decides once more."""
    return why_restore_lapsed(reappearance) or _why_not_again(reappearance.subscriber_acts.all())


def why_restore_lapsed(reappearance: Reappearance) -> str:
    """Return the reason against a restore, asked for or not. Needs the erasure's account and before snapshot loaded."""
    if reappearance.status == Reappearance.Status.BY_CHOICE:
        return "The person came back by choice: whether they want mail is theirs to say."
    if not _takes_unsubscribes(reappearance.erasure):
        return "This account takes no unsubscribe for this kind of identifier."
    before = reappearance.erasure.before
    if before is None or before.unsubscribed is not True:
        return "No snapshot before the deletion says that the person was unsubscribed."
    if reappearance.unsubscribed is True:
        return "The person came back unsubscribed: nothing is to be restored."
    return ""


def tell(act: SubscriberAct, now: datetime) -> Told:
    """Say how an act stands. "Sent" is never told as done: only the check after it is proof."""
    name = "Mute" if act.kind == _Act.Kind.MUTE else "Restoring the unsubscribe state"
    return _TELLERS[act.status](act, name, now)


def _takes_unsubscribes(erasure: Erasure) -> bool:
    if erasure.kind != Kind.EMAIL:
        return False
    client = CLIENTS.get(erasure.account.vendor)
    return client is not None and Offer.COMMAND in client.offers


def _why_not_again(acts: Iterable[SubscriberAct]) -> str:
    for act in acts:
        if act.is_under_way:
            return "An unsubscribe for this person is under way."
        if act.status == _S.DONE:
            return "The person was unsubscribed here before: a second time would move the date."
    return ""


def _why_not_unsubscribed(unsubscribed: bool | None) -> str:
    if unsubscribed is True:
        return "The person is unsubscribed already: a second time would move the date."
    if unsubscribed is None:
        return "The vendor does not say whether the person is subscribed, and a second time would move the date."
    return ""


def _waiting(act: SubscriberAct, name: str, now: datetime) -> Told:
    if act.outcome == _O.HELD_UP:
        return Told(
            f"{name} waits: the account takes no calls now. Next try at {clock(act.not_before, now)}.", "", "warn"
        )
    return Told(f"{name} was asked for: it leaves as soon as a worker is free, after a fresh look.", "", "busy")


def _sending(act: SubscriberAct, name: str, now: datetime) -> Told:
    return Told(f"{name} is on its way since {clock(act.sent_at, now)}.", "", "busy")


def _sent(act: SubscriberAct, name: str, now: datetime) -> Told:
    done = "Muted" if act.kind == _Act.Kind.MUTE else "Unsubscribe sent"
    begun = "Sent without a readable answer" if act.outcome == _O.UNCLEAR else done
    held = " The deletion waits for that." if act.kind == _Act.Kind.MUTE else ""
    checked = f"checked at {clock(act.not_before, now)}" if act.not_before > now else "checked next"
    return Told(f"{begun} at {clock(act.sent_at, now)}, {checked}: only then is it proof.{held}", "", "busy")


def _done(act: SubscriberAct, name: str, now: datetime) -> Told:
    if act.outcome == _O.ALREADY:
        return Told(f"{name}: unsubscribed already, so nothing was sent. A second time would have moved the date.")
    done = "Muted" if act.kind == _Act.Kind.MUTE else "Restored: unsubscribed again"
    return Told(f"{done} at {clock(act.sent_at, now)}, proved by a look at {clock(act.checked_at, now)}.", "", "good")


def _failed(act: SubscriberAct, name: str, now: datetime) -> Told:
    what = f"{name} failed" if act.kind == _Act.Kind.MUTE else "Not restored"
    code = f", HTTP {act.http_status}" if act.outcome == _O.REFUSED and act.http_status else ""
    tone = "warn" if act.outcome in _NOTHING_TO_DO else "bad"
    return Told(f"{what}: {_O(act.outcome).label}{code}.", _NEXT_STEPS[act.outcome], tone)


_TELLERS = {_S.WAITING: _waiting, _S.SENDING: _sending, _S.SENT: _sent, _S.DONE: _done, _S.FAILED: _failed}
_NEXT_STEPS = {
    _O.LEFT_FIRST: "Nothing is to be done: read below what the deletion came to.",
    _O.OVERTAKEN: "Nothing is to be done: read what was decided about the person.",
    _O.UNKNOWN_PERSON: "Nothing was sent, since it could create the person. Look at the vendor before asking again.",
    _O.NOT_TOLD: "Look at the person in the vendor's own pages, and unsubscribe them there.",
    _O.LOOK_FAILED: "Check the account, then ask again.",
    _O.UNREADABLE: "Unsubscribe the person in the vendor's own pages.",
    _O.REFUSED: "Ask an operator to check the account's key and plan, then ask again.",
    _O.STILL_SUBSCRIBED: "Ask again, or unsubscribe the person in the vendor's own pages.",
    _O.UNPROVED: "Ask again: a fresh look comes first, and nothing is sent where it worked.",
    _O.GONE: "Nothing is to be done: nobody is left to mail.",
}
_NOTHING_TO_DO = frozenset({_O.LEFT_FIRST, _O.OVERTAKEN, _O.GONE})
