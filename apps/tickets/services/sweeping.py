"""The safety net: what crashed workers left behind, what ran out, and who has work to do."""

from datetime import datetime
from functools import partial

from django.db.models import Q

from apps.audit import anchor
from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.suppression.services import discard_old_uploads, wake_imports
from apps.tickets import verdicts
from apps.tickets.arrivals import may_have_arrived
from apps.tickets.attention import Attention
from apps.tickets.models import Attempt, Erasure
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.selectors.acts_due import due_acts
from apps.tickets.selectors.due import due_accounts, with_old_sightings
from apps.tickets.selectors.identifiers import can_read
from apps.tickets.states import SENDABLE_ERASURE, Doubt, ErasureStatus
from apps.vendors.selectors import accounts_of_this_host, options_of

from . import doors
from .approving import expire_approvals
from .batches import shred_old_files, wake_open_batches
from .deciding import expire_identity_checks
from .disowned import ask_again
from .every import run_every
from .gone import ask_about_gone_accounts
from .opening import LANE_TASK
from .rollback import stop_if_rolled_back
from .sent_unsubscribes import forget_unsubscribes
from .settling import policy_of, situation_of
from .unsubscribing import ACT_TASK

POISON = 2  # a worker that died twice on one erasure is not risked a third time


def sweep(*, at: datetime) -> None:
    """Settle lapsed leases and expired waits, then ring for everything that is due. Safe to repeat.

    A step that fails starves no other: the first failure is raised at the end.
    """
    run_every(
        [
            partial(stop_if_rolled_back, by=Actor.worker(), at=at),
            partial(release_lapsed_leases, at=at),
            partial(ask_about_gone_accounts, at=at),
            partial(take_up_readable, at=at),
            partial(ask_again, at=at),
            partial(doubt_old_sightings, at=at),
            partial(close_what_was_called_off, at=at),
            partial(expire_identity_checks, by=Actor.worker(), at=at),
            partial(expire_approvals, by=Actor.worker(), at=at),
            partial(shred_old_files, at=at),
            partial(forget_unsubscribes, at=at),
            wake_open_batches,
            partial(discard_old_uploads, at=at),
            wake_imports,
            anchor.drop,
            partial(_ring_for_what_is_due, at=at),
        ]
    )


def release_lapsed_leases(*, at: datetime) -> None:
    """Take erasures back from workers whose lease ran out; a request that may have left is unknown from then on."""
    pks = list(_lapsed(at=at).order_by("pk").values_list("pk", flat=True))
    run_every(partial(_release, pk, at=at) for pk in pks)


@deed()
def take_up_readable(*, at: datetime) -> None:
    """Let erasures go on whose identifier can be read again, since the key is back in VAULT_KEYS."""
    waiting = Erasure.objects.open().filter(attention=Attention.UNREADABLE)
    for erasure in waiting.select_related("ticket__key", "account", "identifier").order_by("pk"):
        if can_read(erasure) and doors.move_erasure(erasure, erasure.status, expected=erasure.status, attention=""):
            record("erasure.readable_again", erasure.subject, by=Actor.worker(), at=at)


@deed()
def doubt_old_sightings(*, at: datetime) -> None:
    """Look again before anything is sent again: somebody else may share the address by now."""
    for erasure in with_old_sightings(at=at):
        doors.move_erasure(erasure, erasure.status, expected=erasure.status, doubt=Doubt.UNCLEAR, not_before=at)


@deed()
def close_what_was_called_off(*, at: datetime) -> None:
    """End what would be sent again though somebody has stopped the rest of its ticket."""
    called_off = Erasure.objects.open().filter(
        stop_asked_at__isnull=False, status__in=SENDABLE_ERASURE, doubt="", leased_until=None
    )
    for erasure in called_off.select_related("ticket", "account").prefetch_related("attempts").order_by("pk"):
        status = ErasureStatus.STILL_PRESENT if may_have_arrived(erasure) else ErasureStatus.STOPPED
        closed = {"closed_at": at, "attention": "", "not_before": None}
        if doors.move_erasure(erasure, status, expected=erasure.status, **closed):
            record("erasure.closed", erasure.subject, by=Actor.worker(), at=at, facts={"status": status.value})
            doors.follow_erasures(erasure.ticket_id, by=Actor.worker(), at=at)


def _ring_for_what_is_due(*, at: datetime) -> None:
    for act in due_acts(at=at):
        ring(ACT_TASK, act.pk)
    for account in due_accounts(at=at):
        ring(LANE_TASK, account.pk)


@deed()
def _release(pk: int, *, at: datetime) -> None:
    """Judge the row as it is under the deed's lock: a late worker may have settled it since the leases were read."""
    erasure = _lapsed(at=at).select_related("ticket", "account", "before").filter(pk=pk).first()
    if erasure is None:
        return
    settle = _settle_crashed_send if erasure.status == ErasureStatus.SENDING else _release_crashed_look
    if settle(erasure, crashes=erasure.crashes + 1, at=at):
        facts = {"crashes": erasure.crashes + 1}
        record("erasure.worker_died", erasure.subject, by=Actor.worker(), at=at, facts=facts)
        doors.follow_erasures(erasure.ticket_id, by=Actor.worker(), at=at)


def _lapsed(*, at: datetime) -> ErasureQuerySet:
    """Return what this host may take back: its own accounts', and those of accounts that no host names any more."""
    taken_back = Q(account__in=accounts_of_this_host()) | Q(account__is_active=False)
    return Erasure.objects.open().filter(taken_back, leased_until__lte=at)


def _settle_crashed_send(erasure: Erasure, *, crashes: int, at: datetime) -> bool:
    """Leave the attempt's outcome empty: nobody saw an answer, and a late one may still be written on it."""
    move = verdicts.after_crash(situation_of(erasure), policy_of(options_of(erasure.account)), crashes=crashes)
    changes = {
        "doubt": move.doubt,
        "attention": move.attention,
        "not_before": None if move.wait is None else at + move.wait,
        "tries": erasure.tries + 1,
        "window": 0,
        "crashes": crashes,
    }
    moved = doors.move_erasure(erasure, move.status, expected=ErasureStatus.SENDING, **doors.LEASE_OVER, **changes)
    if moved:
        Attempt.objects.filter(erasure=erasure, answered_at=None).update(answered_at=at)
    return moved


def _release_crashed_look(erasure: Erasure, *, crashes: int, at: datetime) -> bool:
    """Say why a person is needed only where that is new: whatever else was decided meanwhile stays."""
    changes = {"crashes": crashes, **({"attention": Attention.CRASHED_TWICE} if crashes >= POISON else {})}
    return doors.move_erasure(erasure, erasure.status, expected=erasure.status, **doors.LEASE_OVER, **changes)
