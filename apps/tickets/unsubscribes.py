"""When staff may unsubscribe somebody at a vendor, and how such an act is told. Reads loaded rows only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.privacy.identifiers import Kind
from apps.vendors.clients.client import Offer
from apps.vendors.registry import CLIENTS

from .arrivals import may_have_arrived
from .meanings import vendor_label
from .models import DeletionTicket, Erasure, Reappearance, SentUnsubscribe, SubscriberAct
from .moments import clock
from .states import CALLED_OFF, CLOSED, SENDABLE_ERASURE

_Act, _S, _O = SubscriberAct, SubscriberAct.Status, SubscriberAct.Outcome
SUBSCRIBE_AGAIN = (
    "Whoever wants mail again signs up anew, or an operator sends “subscribers command subscribe” at their wish."
)


@dataclass(frozen=True)
class Told:
    """How an act stands: a sentence, and what a person does next where something went wrong."""

    text: str
    next_step: str = ""
    tone: str = "idle"


def is_unsent(ticket: DeletionTicket, erasure: Erasure) -> bool:
    """Tell whether no deletion may have reached the vendor: after one, an unsubscribe would create the person anew."""
    waits = erasure.is_open and erasure.status in SENDABLE_ERASURE and ticket.status not in CLOSED
    return waits and not may_have_arrived(erasure)


def why_not_mute(ticket: DeletionTicket, erasure: Erasure) -> str:
    """Return the reason against a mute as a sentence, or nothing.

    Needs account, before snapshot, attempts and acts loaded.
    """
    if not is_unsent(ticket, erasure):
        return "The deletion does not wait any more: an unsubscribe now could create the person anew."
    if not _takes_unsubscribes(erasure):
        return "This account takes no unsubscribe for this kind of identifier."
    if erasure.before is None or not erasure.before.profiles:
        return "A person is muted only after a snapshot that found them."
    return _why_not_again(erasure.subscriber_acts.all()) or _why_not_unsubscribed(erasure.before.unsubscribed)


def why_not_restore(reappearance: Reappearance, *, erased_by: DeletionTicket | None, remembered: bool) -> str:
    """Return the reason against restoring the unsubscribe state, or nothing; the look before it decides once more.

    ``erased_by``: the ticket that erased the record since. ``remembered``: a suppression entry says that the person had
    unsubscribed here, for longer than the snapshot does. Needs the erasure's account and before snapshot loaded.
    """
    if reappearance.status == Reappearance.Status.BY_CHOICE:
        return "The person came back by choice: whether they want mail is theirs to say."
    if erased_by is not None:
        return f"The record was erased by {erased_by.reference} since: nothing is left to restore."
    if not _takes_unsubscribes(reappearance.erasure):
        return "This account takes no unsubscribe for this kind of identifier."
    return _why_nothing_lost(reappearance, remembered) or _why_not_again(reappearance.subscriber_acts.all())


def why_not_twice(sent: SentUnsubscribe, now: datetime) -> str:
    """Say who was first; begins small and without a full stop, as reasons beside an address do."""
    return (
        f"an unsubscribe was sent to this address at {clock(sent.sent_at, now)} by {sent.sent_by}, and a second one"
        f" would move the date: it may be repeated from {clock(sent.repeatable_at, now)} on, after a fresh look"
    )


def tell(act: SubscriberAct, now: datetime) -> Told:
    """Say how an act stands. "Sent" is never told as done: only the check after it is proof."""
    name = "Mute" if act.kind == _Act.Kind.MUTE else "Restoring the unsubscribe state"
    return _TELLERS[act.status](act, name, now)


def what_stays(erasures: Iterable[Erasure], now: datetime) -> str:
    """Say which unsubscribes outlive a ticket that is closed without a deletion, and what to do; nothing without any.

    Needs account and acts loaded.
    """
    told = [_stays(erasure, act, now) for erasure in erasures for act in erasure.subscriber_acts.all()]
    sentences = list(dict.fromkeys(sentence for sentence in told if sentence))
    return " ".join([*sentences, SUBSCRIBE_AGAIN]) if sentences else ""


def is_called_off(act: SubscriberAct) -> bool:
    """Tell whether no deletion follows a mute any more; needs the erasure's ticket loaded."""
    return act.kind == _Act.Kind.MUTE and act.erasure.ticket.status in CALLED_OFF


def _stays(erasure: Erasure, act: SubscriberAct, now: datetime) -> str:
    if act.kind != _Act.Kind.MUTE or act.sent_at is None:
        return ""
    where = f"{vendor_label(erasure.account.vendor)} at {clock(act.sent_at, now)}"
    if act.status == _S.DONE:
        return f"The person was unsubscribed at {where} and stays so."
    if act.is_under_way:
        return f"An unsubscribe left for {where}: it is checked, and what it did stays."
    return f"An unsubscribe left for {where}, and nobody knows whether it worked." if act.outcome == _O.UNPROVED else ""


def _takes_unsubscribes(erasure: Erasure) -> bool:
    if erasure.kind != Kind.EMAIL:
        return False
    client = CLIENTS.get(erasure.account.vendor)
    return client is not None and Offer.COMMAND in client.offers


def _why_nothing_lost(reappearance: Reappearance, remembered: bool) -> str:
    before = reappearance.erasure.before
    if not remembered and before is not None and not before.is_readable:
        return "Whether the person was unsubscribed is no longer known: the snapshot before the deletion was destroyed."
    if not remembered and (before is None or before.unsubscribed is not True):
        return "No snapshot before the deletion says that the person was unsubscribed."
    if reappearance.evidence is None:
        return "Whether the person came back subscribed is no longer known: what was seen was destroyed."
    return "The person came back unsubscribed: nothing is to be restored." if reappearance.unsubscribed else ""


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
    if is_called_off(act):
        return Told(f"{name} was asked for and has not left: the ticket is closed, so it will not.")
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
    held = " The deletion waits for that." if act.kind == _Act.Kind.MUTE and not is_called_off(act) else ""
    checked = f"checked at {clock(act.not_before, now)}" if act.not_before > now else "checked next"
    return Told(f"{begun} at {clock(act.sent_at, now)}, {checked}: only then is it proof.{held}", "", "busy")


def _done(act: SubscriberAct, name: str, now: datetime) -> Told:
    if act.outcome == _O.ALREADY:
        return Told(f"{name}: unsubscribed already, so nothing was sent. A second time would have moved the date.")
    done = "Muted" if act.kind == _Act.Kind.MUTE else "Restored: unsubscribed again"
    proved = f"{done} at {clock(act.sent_at, now)}, proved by a look at {clock(act.checked_at, now)}."
    if is_called_off(act):
        return Told(
            f"{proved} No deletion follows from this ticket, and the person stays unsubscribed.",
            SUBSCRIBE_AGAIN,
            "warn",
        )
    return Told(proved, "", "good")


def _failed(act: SubscriberAct, name: str, now: datetime) -> Told:
    if act.kind == _Act.Kind.MUTE and act.outcome == _O.OVERTAKEN:
        return Told("Mute not sent: the ticket was closed first. The person is as subscribed as before.")
    what = f"{name} failed" if act.kind == _Act.Kind.MUTE else "Not restored"
    code = f", HTTP {act.http_status}" if act.outcome == _O.REFUSED and act.http_status else ""
    tone = "warn" if act.outcome in _NOTHING_TO_DO else "bad"
    steps = _STEPS_WITHOUT_DELETION if is_called_off(act) else {}
    return Told(f"{what}: {_O(act.outcome).label}{code}.", steps.get(act.outcome, _NEXT_STEPS[act.outcome]), tone)


_TELLERS = {_S.WAITING: _waiting, _S.SENDING: _sending, _S.SENT: _sent, _S.DONE: _done, _S.FAILED: _failed}
_NEXT_STEPS = {
    _O.LEFT_FIRST: "Nothing is to be done: read below what the deletion came to.",
    _O.OVERTAKEN: "Nothing is to be done: read what was decided about the person.",
    _O.UNKNOWN_PERSON: "Nothing was sent, since it could create the person. Look at the vendor before asking again.",
    _O.NOT_TOLD: "Look at the person in the vendor's own pages, and unsubscribe them there.",
    _O.LOOK_FAILED: "Check the account, then ask again.",
    _O.UNREADABLE: "Unsubscribe the person in the vendor's own pages.",
    _O.SENT_BEFORE: "Ask again in five minutes: a fresh look comes first, and nothing is sent where that one worked.",
    _O.REFUSED: "Ask an operator to check the account's key and plan, then ask again.",
    _O.STILL_SUBSCRIBED: "Ask again, or unsubscribe the person in the vendor's own pages.",
    _O.UNPROVED: "Ask again: a fresh look comes first, and nothing is sent where it worked.",
    _O.GONE: "Nothing is to be done: nobody is left to mail.",
}
_BY_HAND = "The ticket is closed, so nothing is sent again. Should they get no mail, unsubscribe them at the vendor."
_STEPS_WITHOUT_DELETION = {
    _O.UNKNOWN_PERSON: "Nothing was sent, since it could create the person. Nothing is to be done.",
    _O.LOOK_FAILED: _BY_HAND,
    _O.REFUSED: _BY_HAND,
    _O.STILL_SUBSCRIBED: _BY_HAND,
    _O.UNPROVED: "The ticket is closed, so nothing is sent again. Look at the vendor: what stands there stays.",
}
_NOTHING_TO_DO = frozenset({_O.LEFT_FIRST, _O.OVERTAKEN, _O.GONE})
