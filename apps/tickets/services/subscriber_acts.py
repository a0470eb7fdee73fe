"""Carry out the unsubscribes that staff asked for: look, send once, come back after five minutes.

Every step is one move of a row, so that a worker may die anywhere: what says "sending" is never sent again, only
checked. No transaction is open while a request is out.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.privacy.vault import VaultError
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure, Reappearance, SubscriberAct
from apps.tickets.models.sent_unsubscribe import TAKES_EFFECT_WITHIN
from apps.tickets.selectors.acts_due import address_of, due_acts, is_deletion_on_its_way
from apps.tickets.selectors.identifiers import digests_of
from apps.tickets.selectors.reappearances import IdentifiersDestroyed
from apps.tickets.states import CALLED_OFF
from apps.tickets.unsubscribes import is_unsent
from apps.vendors.clients.answers import Profile
from apps.vendors.clients.client import Offer
from apps.vendors.clients.errors import VendorBusy, VendorError, VendorUnclear
from apps.vendors.clients.subscribers import Command, Verb

from .opening import LANE_TASK
from .sent_unsubscribes import note_unsubscribe, taken_back_if_refused
from .subscribers import find
from .vendor_calls import AccountClosed, Call, Clock, NoLook, NoSlot, NotOffered, vendor_call

READ_BACK_AFTER = TAKES_EFFECT_WITHIN
TRY_AGAIN_AFTER = timedelta(minutes=1)
LEASE = timedelta(minutes=5)  # longer than a look, a wait for the account's pace and a command may take together
LOOKS = 3
_S, _O = SubscriberAct.Status, SubscriberAct.Outcome
_Ended = tuple[str, str]


class _Over(TicketError):
    """The act ends without a command; carries the status and the outcome that the row takes."""

    def __init__(self, outcome: str, status: str = _S.FAILED):
        super().__init__(outcome)
        self.status, self.outcome = status, outcome


def run_due_acts(*, clock: Clock) -> int:
    """Move every act that is due by one step, in this process; return how many were moved."""
    return sum(run_act(act, clock=clock) for act in due_acts(at=clock()))


def run_act(act: SubscriberAct, *, clock: Clock) -> bool:
    """Move one act by one step; False where it is not due or another worker holds it. Safe to repeat."""
    act = _take(act, at=clock())
    if act is None:
        return False
    try:
        _STEPS[act.status](act, clock=clock)
    except (NoSlot, AccountClosed):
        _put_off(act, TRY_AGAIN_AFTER, at=clock())
    except NotOffered:
        _end(act, _S.FAILED, _O.REFUSED, at=clock())
    except (VaultError, IdentifiersDestroyed):
        _end(act, _S.FAILED, _O.UNREADABLE, at=clock())
    return True


def _send(act: SubscriberAct, *, clock: Clock) -> None:
    command = Command(Verb.UNSUBSCRIBE, address_of(act))
    try:
        with vendor_call(act.erasure.account, Offer.COMMAND, calls=2, by=Actor.worker(), clock=clock) as call:
            call.counts.update(command=command.verb.value, asked=1)
            http_status = _look_and_send(act, call, command)
    except _Over as over:
        _end(act, over.status, over.outcome, at=clock())
    except NoLook as error:
        _settle_useless_look(act, error, at=clock())
    except VendorError as error:
        _settle_error(act, error, at=clock())
    else:
        _come_back(act, _O.NONE, http_status)


def _look_and_send(act: SubscriberAct, call: Call, command: Command) -> int:
    look, looked_at = call.look_first(command.email)
    call.counts.update(found=len(look.profiles))
    _require_subscribed(look.profiles)
    client = call.client
    _commit_intent(act, call, looked_at)
    with taken_back_if_refused(act.erasure.account, _keyed(act)):
        tally = client.subscribers.run([command])
    call.accept(tally.http_status, sent=1, taken=tally.taken)
    return tally.http_status


def _require_subscribed(profiles: Iterable[Profile]) -> None:
    """Stop where the command could create somebody, or move the date of an unsubscribe."""
    states = {profile.unsubscribed for profile in profiles if profile.personal}
    if not states:
        raise _Over(_O.UNKNOWN_PERSON)
    if True in states:
        raise _Over(_O.ALREADY, _S.DONE)
    if None in states:
        raise _Over(_O.NOT_TOLD)


@deed()
def _commit_intent(act: SubscriberAct, call: Call, looked_at: datetime) -> None:
    """Say "sending" before anything leaves, and keep the deletion back until the check.

    Deletions are claimed behind the same lock of the ledger and pass over whoever has a command in flight.
    """
    at = call.clock()
    if call.is_stale(looked_at):
        raise _Over(_O.LOOK_FAILED)
    _require_reason(act)
    if not _may_leave(act):
        raise _Over(_O.LEFT_FIRST)
    _require_first(act, at=at)
    taken = SubscriberAct.objects.filter(pk=act.pk, status=_S.WAITING, leased_until=act.leased_until)
    if not taken.update(status=_S.SENDING, outcome=_O.NONE, sent_at=at, not_before=at + READ_BACK_AFTER):
        raise AccountClosed("Another worker took this over.")
    act.status, act.sent_at = _S.SENDING, at
    record(f"erasure.{act.kind}_sent", act.erasure.subject, by=Actor.worker(), at=at, facts={"act": act.pk})


def _may_leave(act: SubscriberAct) -> bool:
    """Tell whether no deletion of this person may be on its way at this account, whichever ticket asked for it."""
    if act.kind == SubscriberAct.Kind.MUTE:
        erasure = Erasure.objects.select_related("ticket").get(pk=act.erasure_id)
        if not is_unsent(erasure.ticket, erasure):
            return False
    return not is_deletion_on_its_way(act.erasure.account, _keyed(act))


def _require_reason(act: SubscriberAct) -> None:
    """Stop what somebody's decision has overtaken: the ticket was called off, or the person came back by choice.

    A restore was asked for on proof that may be shredded by now: the look before it says how the person stands.
    """
    if act.kind == SubscriberAct.Kind.MUTE:
        lapsed = DeletionTicket.objects.filter(pk=act.erasure.ticket_id, status__in=CALLED_OFF).exists()
    else:
        by_choice = Reappearance.Status.BY_CHOICE
        lapsed = Reappearance.objects.filter(pk=act.reappearance_id, status=by_choice).exists()
    if lapsed:
        raise _Over(_O.OVERTAKEN)


def _require_first(act: SubscriberAct, *, at: datetime) -> None:
    """Stop where somebody else's unsubscribe left minutes ago: the look could not show it yet."""
    if note_unsubscribe(act.erasure.account, _keyed(act), sent_by=act.requested_by.get_username(), at=at):
        raise _Over(_O.SENT_BEFORE)


def _keyed(act: SubscriberAct) -> list[bytes]:
    return digests_of(act.erasure.identifier, act.erasure.ticket)


def _read_back(act: SubscriberAct, *, clock: Clock) -> None:
    try:
        look = find(act.erasure.account, address_of(act), by=Actor.worker(), clock=clock)
    except VendorError:
        _look_again(act, at=clock())
        return
    status, outcome = _judge(profile.unsubscribed for profile in look.profiles if profile.personal)
    _end(act, status, outcome, at=clock(), checked_at=clock())


def _judge(states: Iterable[bool | None]) -> _Ended:
    found = set(states)
    if not found:
        return _S.FAILED, _O.GONE
    if False in found:
        return _S.FAILED, _O.STILL_SUBSCRIBED
    return (_S.DONE, _O.NONE) if found == {True} else (_S.FAILED, _O.UNPROVED)


def _settle_useless_look(act: SubscriberAct, error: NoLook, *, at: datetime) -> None:
    if isinstance(error.__cause__, VendorBusy):
        _put_off(act, TRY_AGAIN_AFTER, at=at)
    else:
        _end(act, _S.FAILED, _O.LOOK_FAILED, at=at)


def _settle_error(act: SubscriberAct, error: VendorError, *, at: datetime) -> None:
    """Settle what the command was answered: nothing happened, it may have, or it cannot."""
    if isinstance(error, VendorBusy):
        _take_back(act, at=at)
    elif isinstance(error, VendorUnclear):
        _come_back(act, _O.UNCLEAR, error.http_status)
    else:
        _end(act, _S.FAILED, _O.REFUSED, at=at, http_status=error.http_status)


def _look_again(act: SubscriberAct, *, at: datetime) -> None:
    if act.looks + 1 < LOOKS:
        changes = {"looks": act.looks + 1, "not_before": at + READ_BACK_AFTER}
        SubscriberAct.objects.filter(pk=act.pk, leased_until=act.leased_until).update(leased_until=None, **changes)
    else:
        _end(act, _S.FAILED, _O.UNPROVED, at=at)


def _settle_crashed(act: SubscriberAct, *, clock: Clock) -> None:
    """Take over from a worker that died while its command was out: nobody knows, so a look has to say."""
    _come_back(act, _O.UNCLEAR, None)


_STEPS = {_S.WAITING: _send, _S.SENDING: _settle_crashed, _S.SENT: _read_back}


def _take(act: SubscriberAct, *, at: datetime) -> SubscriberAct | None:
    """Lease the row; None where somebody else holds it, or it is not due."""
    due = due_acts(at=at).filter(pk=act.pk).values("pk", "status", "leased_until", "not_before").first()
    # The row's own values and no join: under a join the conditions stand in a subquery, which two workers both pass.
    if due is None or not SubscriberAct.objects.filter(**due).update(leased_until=at + LEASE):
        return None
    related = ("erasure__ticket__key", "erasure__account", "erasure__identifier", "reappearance__ticket")
    return SubscriberAct.objects.select_related(*related).get(pk=act.pk)


def _put_off(act: SubscriberAct, wait: timedelta, *, at: datetime) -> None:
    """Try again later: the account is paused, busy, or its minute is used up."""
    rows = SubscriberAct.objects.filter(pk=act.pk, status=act.status, leased_until=act.leased_until)
    outcome = {"outcome": _O.HELD_UP} if act.status == _S.WAITING else {}
    rows.update(leased_until=None, not_before=at + wait, **outcome)


def _take_back(act: SubscriberAct, *, at: datetime) -> None:
    """Go back to waiting after an answer that says that nothing happened."""
    rows = SubscriberAct.objects.filter(pk=act.pk, status=_S.SENDING, leased_until=act.leased_until)
    again_at = at + TRY_AGAIN_AFTER
    rows.update(status=_S.WAITING, outcome=_O.HELD_UP, leased_until=None, sent_at=None, not_before=again_at)


def _come_back(act: SubscriberAct, outcome: str, http_status: int | None) -> None:
    rows = SubscriberAct.objects.filter(pk=act.pk, status=_S.SENDING, leased_until=act.leased_until)
    rows.update(status=_S.SENT, outcome=outcome, http_status=http_status, leased_until=None)


@deed()
def _end(act: SubscriberAct, status: str, outcome: str, *, at: datetime, **changes: object) -> None:
    rows = SubscriberAct.objects.filter(pk=act.pk, status=act.status, leased_until=act.leased_until)
    if rows.update(status=status, outcome=outcome, leased_until=None, **changes):
        facts = {"act": act.pk, "why": str(outcome)}
        action = f"erasure.{act.kind}_{'done' if status == _S.DONE else 'failed'}"
        record(action, act.erasure.subject, by=Actor.worker(), at=at, facts=facts)
        ring(LANE_TASK, act.erasure.account_id)  # a deletion may have waited for this
