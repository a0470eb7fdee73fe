"""Unsubscribe one person for staff: mute somebody whose deletion waits, restore the state of somebody who came back.

The guard against suppressed addresses that holds for operators' commands does not apply: both acts are about exactly
the people whom a list protects. A mute often follows an approval, which blocks the address, and a restore is for
somebody whom the list should have kept out. What that guard prevents, creating a blocked person, is prevented here by
a look not older than 60 seconds that found them, and by the rule that no deletion is on its way meanwhile.
"""

from datetime import datetime

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.tickets.errors import TicketError
from apps.tickets.models import Erasure, Reappearance, SubscriberAct
from apps.tickets.selectors.acts_due import why_not_yet
from apps.tickets.selectors.identifiers import digests_of
from apps.tickets.selectors.reappearances import erased_since, is_remembered
from apps.tickets.unsubscribes import why_not_mute, why_not_restore

MUTE = "tickets.mute_subscriber"
ACT_TASK = "apps.tickets.tasks.run_subscriber_act"
_Kind = SubscriberAct.Kind


@deed()
def mute(erasure: Erasure, *, by: Actor, at: datetime) -> SubscriberAct:
    """Ask that somebody be unsubscribed while their deletion waits; a worker sends it, after a look of its own."""
    by.require(MUTE)
    reason = why_not_mute(erasure.ticket, erasure)
    return _ask(SubscriberAct(kind=_Kind.MUTE, erasure=erasure), reason, by=by, at=at)


@deed()
def restore(reappearance: Reappearance, *, by: Actor, at: datetime) -> SubscriberAct:
    """Ask that somebody who was unsubscribed before their deletion and came back subscribed be unsubscribed again."""
    by.require(MUTE)
    reason = why_not_restore(reappearance, erased_by=erased_since(reappearance), remembered=is_remembered(reappearance))
    act = SubscriberAct(kind=_Kind.RESTORE, erasure=reappearance.erasure, reappearance=reappearance)
    return _ask(act, reason, by=by, at=at)


def _ask(act: SubscriberAct, reason: str, *, by: Actor, at: datetime) -> SubscriberAct:
    if not reason and act.erasure.subscriber_acts.under_way().exists():
        reason = "An unsubscribe for this person is under way."
    reason = reason or _why_not_yet(act.erasure, at=at)
    if reason:
        raise TicketError(reason)
    act.requested_by, act.requested_at, act.not_before = by.user, at, at
    act.save(force_insert=True)
    record(f"erasure.{act.kind}_asked", act.erasure.subject, by=by, at=at, facts={"act": act.pk})
    ring(ACT_TASK, act.pk)
    return act


def _why_not_yet(erasure: Erasure, *, at: datetime) -> str:
    reason = why_not_yet(erasure.account, digests_of(erasure.identifier, erasure.ticket), at=at)
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""
