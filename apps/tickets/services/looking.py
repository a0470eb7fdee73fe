"""Settle what a look shows, before anything is sent and after."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils.dateparse import parse_datetime

from apps.audit.services import deed, record
from apps.privacy.vault import seal
from apps.tickets import verdicts
from apps.tickets.attention import Attention
from apps.tickets.models import Erasure
from apps.tickets.records import plain
from apps.tickets.sharing import awaited, expected, is_left, next_target, requests_for
from apps.tickets.states import CLOSED, SENDABLE_ERASURE
from apps.vendors.clients.answers import Profile
from apps.vendors.clients.errors import Outcome, VendorError
from apps.vendors.registry import client_class
from apps.vendors.services.heeding import hear, heed

from . import doors
from .claiming import Step, Worker
from .settling import apply_move, policy_of, situation_of
from .sighting import Sighting, gathered, is_present, records_in, write_profiles
from .snapshots import keep_after, keep_before, left_of, show_again, unshown_in

_DOES_NOT_COUNT = frozenset({Outcome.BUSY, Outcome.UNREACHED, Outcome.KEY_REFUSED})


@deed()
def settle_look(worker: Worker, step: Step, sighting: Sighting, *, at: datetime) -> None:
    """Seal what was found and move the erasure; nothing is kept where the lease was lost or the ticket called off."""
    _heed(worker, step, sighting, at=at)
    erasure = step.erasure
    if not _is_wanted(erasure):
        _leave(erasure)
        return
    if erasure.status in SENDABLE_ERASURE and not erasure.doubt:
        _take_stock(worker, erasure, sighting, at=at)
    elif erasure.gathering_since and erasure.gathering_since < at - settings.SNAPSHOT_MAX_AGE:
        _leave(erasure, **doors.NOTHING_GATHERED)  # looks of different days are not one look: begin anew
    elif sighting.unasked:
        _go_on_asking(erasure, sighting, at=at)
    else:
        _read_back(worker, step, sighting, at=at)


@deed()
def settle_useless_look(worker: Worker, step: Step, error: VendorError, *, at: datetime) -> None:
    """Look again later; when the account's tries are used up, go on to the next window or ask a person."""
    erasure, policy = step.erasure, policy_of(worker.account.options)
    _heed(worker, step, error, at=at)
    if not _is_wanted(erasure):
        _leave(erasure)
        return
    tries = erasure.look_tries + (error.outcome not in _DOES_NOT_COUNT)
    answer = {"look_http_status": error.http_status, "look_outcome": error.outcome}
    if tries < worker.account.options.tries:
        again_at = at if error.outcome is Outcome.KEY_REFUSED else at + policy.backoff(tries)
        _leave(erasure, not_before=again_at, look_tries=tries, **answer)
    elif erasure.status in SENDABLE_ERASURE and not erasure.doubt:
        if _leave(erasure, attention=Attention.NO_SNAPSHOT, look_asked=False, **answer):
            record("erasure.no_snapshot", erasure.subject, by=worker.by, at=at)
    else:
        move = verdicts.after_useless_look(situation_of(erasure), policy)
        apply_move(worker, erasure, move, expected=erasure.status, at=at)


def _heed(worker: Worker, step: Step, answer: Sighting | VendorError, *, at: datetime) -> None:
    heard = hear(answer, step.erasure.subject, began_at=step.began_at)
    heed(worker.row, worker.account.options, heard, by=worker.by, at=at)


def _is_wanted(erasure: Erasure) -> bool:
    """Tell whether this worker may still write: a snapshot sealed after the shredding would stay readable for ever.

    Needs the deed: its lock keeps the answer true until the commit.
    """
    ours = Erasure.objects.open().filter(pk=erasure.pk, status=erasure.status, fence=erasure.fence)
    return ours.exclude(ticket__status__in=CLOSED).exists()


def _take_stock(worker: Worker, erasure: Erasure, sighting: Sighting, *, at: datetime) -> None:
    changes = keep_before(worker, erasure, sighting, at=at)
    _leave(erasure, looked_at=at, look_asked=False, spelling=sighting.spelling, look_tries=0, **changes)
    if changes.get("attention"):
        record("erasure.changed_since_approval", erasure.subject, by=worker.by, at=at)


def _read_back(worker: Worker, step: Step, sighting: Sighting, *, at: datetime) -> None:
    """Settle what a look after a request shows; of profiles chosen one by one, only those count."""
    erasure, sighting = step.erasure, replace(sighting, earlier=gathered(step.erasure))
    left = left_of(erasure, sighting)
    situation = _situation_after(worker, step, sighting, left)
    erasure.uuids_left = left
    move = verdicts.after_look(_is_still_there(step, sighting), situation, policy_of(worker.account.options))
    changes: dict[str, object] = {"uuids_left": left, "target": _target_after(step, move), "looked_at": at}
    changes["look_asked"] = False
    if move.next_round:
        changes |= {"requests_needed": _requests_needed(worker, step, left), "spelling": sighting.spelling}
    if move.attention == Attention.CHANGED_SINCE_APPROVAL:
        changes |= show_again(worker, erasure, sighting, at=at)
    if move.closes:
        changes["verified_at"] = at
    seen = _facts(erasure, sighting, move)
    if apply_move(worker, erasure, move, expected=erasure.status, at=at, seen=seen, **changes):
        keep_after(worker, erasure, sighting, move, at=at)


def _go_on_asking(erasure: Erasure, sighting: Sighting, *, at: datetime) -> None:
    """Keep what the ids asked for so far have shown, and ask for the others at once: one look has time for few."""
    found = records_in(replace(sighting, earlier=gathered(erasure)))
    sealed = seal(erasure.ticket.key, write_profiles(found), name=erasure.gathered_name)
    since = erasure.gathering_since or at
    _leave(erasure, unasked=list(sighting.unasked), gathered=sealed, gathering_since=since, look_tries=0)


def _is_still_there(step: Step, sighting: Sighting) -> bool:
    """Tell whether there is something left to erase; after a doubtful request for one profile, only that one counts."""
    erasure = step.erasure
    if not step.targets:
        return is_present(sighting, expected(erasure))
    return is_left(step.targets[erasure.target], erasure.uuids_left) if erasure.doubt else bool(erasure.uuids_left)


def _situation_after(worker: Worker, step: Step, sighting: Sighting, left: list[str]) -> verdicts.Situation:
    """Compare with the last look; who takes all records at once has no rounds, except for another spelling."""
    erasure = step.erasure
    in_rounds = client_class(worker.row.vendor).erases_at_once(worker.account.options) is not None
    is_respelled = sighting.spelling != erasure.spelling
    unshown = [] if step.targets else unshown_in(erasure, sighting)
    return replace(
        situation_of(erasure),
        progressed=(in_rounds or is_respelled) and len(left) < len(erasure.uuids_left),
        unshown=bool(unshown),
        missed=any(_was_there(profile, erasure) for profile in unshown),
        more=next_target(step.targets, left, erasure.target + 1) is not None,
        pending=bool(step.targets and left),
    )


def _was_there(profile: Profile, erasure: Erasure) -> bool:
    """Tell whether a record is older than the first request: then nobody came back, and no look had shown it."""
    first = erasure.attempts.order_by("number").values_list("started_at", flat=True).first()
    return bool(first and profile.created_at and parse_datetime(profile.created_at) < first)


def _target_after(step: Step, move: verdicts.Move) -> int:
    """Begin a round with the first chosen profile that is left; its request finds it."""
    if move.next_round:
        return 0
    return step.next_target if move.next_target else step.erasure.target


def _requests_needed(worker: Worker, step: Step, left: Collection[str]) -> int:
    if step.targets:
        return sum(is_left(target, left) for target in step.targets)
    return requests_for(len(left), client_class(worker.row.vendor).erases_at_once(worker.account.options))


def _facts(erasure: Erasure, sighting: Sighting, move: verdicts.Move) -> dict[str, int]:
    """Say in the ledger what stays: a record that was cleared and kept, or profiles for a further round."""
    cleared = [one for one in records_in(sighting) if not one.personal and plain(one.uuid) in awaited(erasure)]
    if move.next_round:
        return {"round": erasure.round + 1, "left": len(erasure.uuids_left)}
    return {"anonymized_remains": len(cleared)} if move.closes and cleared else {}


def _leave(erasure: Erasure, **changes: object) -> bool:
    """Give the lease back without a change of status; False where it was lost."""
    return doors.move_erasure(erasure, erasure.status, expected=erasure.status, **doors.LEASE_OVER, **changes)
