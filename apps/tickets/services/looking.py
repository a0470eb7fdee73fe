"""Look at what a vendor holds, before anything is sent and after, and settle what the look shows."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from apps.audit.findings import Findings, Profile
from apps.audit.models import AuditSnapshot
from apps.audit.services import deed, record, seal_snapshot
from apps.tickets import verdicts
from apps.tickets.attention import Attention
from apps.tickets.models import Erasure, Reappearance
from apps.tickets.records import plain, records_of
from apps.tickets.sharing import awaited, is_choice_open, is_left, next_target, requests_for
from apps.tickets.states import CLOSED, SENDABLE, SENDABLE_ERASURE, Choice, ErasureStatus, Spelling
from apps.vendors.clients.answers import Look
from apps.vendors.clients.answers import Profile as Seen
from apps.vendors.clients.client import VendorClient
from apps.vendors.clients.errors import Outcome, VendorError
from apps.vendors.pace import Pace
from apps.vendors.registry import client_class

from . import doors
from .choosing import NO_CHOICE, choice_is_outdated
from .claiming import Step, Worker
from .reappearing import note_reappearance
from .settling import apply_move, heed, policy_of, situation_of

_DOES_NOT_COUNT = frozenset({Outcome.BUSY, Outcome.UNREACHED, Outcome.KEY_REFUSED})


@dataclass(frozen=True)
class Sighting:
    """What one look found: by address in the spelling that found somebody, and by the vendor's ids of the snapshot."""

    by_address: Look
    spelling: str
    by_uuid: tuple[Seen, ...] = ()


def look(client: VendorClient, step: Step, pace: Pace) -> Sighting:
    """Read what the vendor holds; raises VendorError. Touches no database: it runs in a thread of its own.

    Bento may tell capitals apart, so the spelling as typed is tried first, then lower case. It clears only the address
    of an anonymized record, so the ids of the snapshot are looked up as well (docs/vendors/bento.md).
    """
    pace.wait()
    found, spelling = client.look(step.erasure.kind, step.value), Spelling.TYPED
    if not found.profiles and step.value != step.value.lower():
        pace.wait()
        found, spelling = client.look(step.erasure.kind, step.value.lower()), Spelling.LOWERCASE
    return Sighting(found, spelling if found.profiles else Spelling.TYPED, tuple(_by_uuid(client, step, pace)))


def is_present(sighting: Sighting, before: AuditSnapshot | None) -> bool:
    """Tell whether the person is still there: found again with personal fields, under an id of the snapshot.

    Without a snapshot that found somebody, whoever is found now counts as still there.
    """
    known = records_of(before.vendor_uuids if before else ())
    seen = [profile for profile in (*sighting.by_address.profiles, *sighting.by_uuid) if profile.personal]
    return any(plain(profile.uuid) in known or not known or not profile.uuid for profile in seen)


def people_in(sighting: Sighting) -> list[Seen]:
    """Return the records that hold somebody, each once; an anonymized one holds nobody."""
    return [profile for profile in _records(sighting) if profile.personal]


@deed()
def settle_look(worker: Worker, step: Step, sighting: Sighting, *, at: datetime) -> None:
    """Seal what was found and move the erasure; nothing is kept where the lease was lost or the ticket called off."""
    worker.row.refresh_from_db(fields=["misrouted", "waits"])
    heed(worker, step.erasure.subject, sighting.by_address, Outcome.ACCEPTED, at=at)
    erasure = step.erasure
    if not _is_wanted(erasure):
        _leave(erasure)
        return
    if erasure.status in SENDABLE_ERASURE and not erasure.doubt:
        _keep_before_snapshot(worker, erasure, sighting, at=at)
        return
    _read_back(worker, step, sighting, at=at)


@deed()
def settle_useless_look(worker: Worker, step: Step, error: VendorError, *, at: datetime) -> None:
    """Look again later; when the account's tries are used up, go on to the next window or ask a person."""
    erasure, policy = step.erasure, policy_of(worker.account.options)
    heed(worker, erasure.subject, error, error.outcome, at=at)
    if not _is_wanted(erasure):
        _leave(erasure)
        return
    tries = erasure.look_tries + (error.outcome not in _DOES_NOT_COUNT)
    if tries < worker.account.options.tries:
        again_at = at if error.outcome is Outcome.KEY_REFUSED else at + policy.backoff(tries)
        _leave(erasure, not_before=again_at, look_tries=tries)
    elif erasure.status in SENDABLE_ERASURE and not erasure.doubt:
        if _leave(erasure, attention=Attention.NO_SNAPSHOT, look_asked=False):
            record("erasure.no_snapshot", erasure.subject, by=worker.by, at=at)
    else:
        move = verdicts.after_useless_look(situation_of(erasure), policy)
        apply_move(worker, erasure, move, expected=erasure.status, at=at)


def _records(sighting: Sighting) -> list[Seen]:
    """Return what was found, each record once; the address tells more of it than its id."""
    found = (*sighting.by_uuid, *sighting.by_address.profiles)
    return list({plain(seen.uuid) or str(number): seen for number, seen in enumerate(found)}.values())


def _is_wanted(erasure: Erasure) -> bool:
    """Tell whether this worker may still write: a snapshot sealed after the shredding would stay readable for ever.

    Needs the deed: its lock keeps the answer true until the commit.
    """
    ours = Erasure.objects.open().filter(pk=erasure.pk, status=erasure.status, fence=erasure.fence)
    return ours.exclude(ticket__status__in=CLOSED).exists()


def _read_back(worker: Worker, step: Step, sighting: Sighting, *, at: datetime) -> None:
    """Settle what a look after a request shows; of profiles chosen one by one, only those count."""
    erasure, left = step.erasure, _left(step.erasure, sighting)
    situation = _situation_after(worker, step, left)
    erasure.uuids_left = left
    move = verdicts.after_look(_is_still_there(step, sighting), situation, policy_of(worker.account.options))
    if _meets_strangers(erasure, sighting, move):
        move = replace(move, wait=None, attention=Attention.CHANGED_SINCE_APPROVAL)
    changes = {"uuids_left": left, "target": _target_after(step, move), "looked_at": at}
    if move.next_round:
        changes["requests_needed"] = _requests_needed(worker, step, left)
    if move.closes:
        changes["verified_at"] = at
    seen = _facts(erasure, sighting, move)
    if apply_move(worker, erasure, move, expected=erasure.status, at=at, seen=seen, **changes):
        _keep_after_snapshot(worker, erasure, sighting, move, at=at)


def _meets_strangers(erasure: Erasure, sighting: Sighting, move: verdicts.Move) -> bool:
    """Tell whether a further request would take profiles that no approver has seen: somebody may share the address."""
    if move.status not in SENDABLE_ERASURE or erasure.before is None or erasure.choice == Choice.TICKED:
        return False
    return any(plain(seen.uuid) not in records_of(erasure.before.vendor_uuids) for seen in people_in(sighting))


def _left(erasure: Erasure, sighting: Sighting) -> list[str]:
    """Return which of the awaited records still hold somebody."""
    return [profile.uuid for profile in people_in(sighting) if plain(profile.uuid) in awaited(erasure)]


def _is_still_there(step: Step, sighting: Sighting) -> bool:
    """Tell whether there is something left to erase; after a doubtful request for one profile, only that one counts."""
    erasure = step.erasure
    if not step.targets:
        return is_present(sighting, erasure.before)
    return is_left(step.targets[erasure.target], erasure.uuids_left) if erasure.doubt else bool(erasure.uuids_left)


def _situation_after(worker: Worker, step: Step, left: list[str]) -> verdicts.Situation:
    """Compare with the last look; whoever takes all records at once has no rounds."""
    erasure = step.erasure
    in_rounds = client_class(worker.row.vendor).erases_at_once(worker.account.options) is not None
    return replace(
        situation_of(erasure),
        progressed=in_rounds and len(left) < len(erasure.uuids_left),
        more=next_target(step.targets, left, erasure.target + 1) is not None,
        pending=bool(step.targets and left),
    )


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
    cleared = [one for one in _records(sighting) if not one.personal and plain(one.uuid) in awaited(erasure)]
    if move.next_round:
        return {"round": erasure.round + 1, "left": len(erasure.uuids_left)}
    return {"anonymized_remains": len(cleared)} if move.closes and cleared else {}


def _by_uuid(client: VendorClient, step: Step, pace: Pace):
    for uuid in step.uuids:
        pace.wait()
        yield from client.look_by_uuid(uuid).profiles


def _keep_before_snapshot(worker: Worker, erasure: Erasure, sighting: Sighting, *, at: datetime) -> None:
    snapshot = _seal(worker, erasure, sighting, AuditSnapshot.Moment.BEFORE, at=at)
    erasure.before = snapshot
    forgotten = choice_is_outdated(erasure, sighting.by_address.profiles)
    changed = _needs_another_yes(erasure, snapshot, is_open=is_choice_open(erasure) or forgotten)
    changes = _choice_changes(worker, erasure, sighting, forgotten=forgotten)
    if changed:
        changes["attention"] = Attention.CHANGED_SINCE_APPROVAL
    seen = {"before": snapshot, "looked_at": at, "look_asked": False}
    _leave(erasure, **seen, spelling=sighting.spelling, look_tries=0, **changes)
    if changed:
        record("erasure.changed_since_approval", erasure.subject, by=worker.by, at=at)


def _choice_changes(worker: Worker, erasure: Erasure, sighting: Sighting, *, forgotten: bool) -> dict[str, object]:
    """Count what is to be asked for; a choice that was made for other profiles than these is made again."""
    if forgotten:
        erasure.choice = Choice.NONE
    left = _left(erasure, sighting)
    changes: dict[str, object] = dict(NO_CHOICE) if forgotten else {}
    changes["uuids_left"] = left
    if erasure.choice != Choice.TICKED:
        at_once = client_class(worker.row.vendor).erases_at_once(worker.account.options)
        changes["requests_needed"] = requests_for(len(left), at_once)
    return changes


def _needs_another_yes(erasure: Erasure, now: AuditSnapshot, *, is_open: bool) -> bool:
    """Compare with what the approver saw; fewer is no change, and nothing shown is nothing to compare.

    An approval may have been given while the look was out; different customer ids need a choice in any case.
    """
    erasure.ticket.refresh_from_db(fields=["status"])
    if erasure.ticket.status not in SENDABLE:
        return False
    shown = erasure.shown_at_approval
    return is_open or (shown is not None and _holds_more_than(shown, now))


def _holds_more_than(shown: AuditSnapshot, now: AuditSnapshot) -> bool:
    subscribed_anew = bool(shown.unsubscribed) and now.unsubscribed is False
    grown = now.profiles > shown.profiles or now.owners > max(1, shown.owners)
    new = records_of(now.vendor_uuids) - records_of(shown.vendor_uuids)
    return subscribed_anew or grown or bool(new)


def _keep_after_snapshot(
    worker: Worker, erasure: Erasure, sighting: Sighting, move: verdicts.Move, *, at: datetime
) -> None:
    settled = move.closes or move.attention or move.status == ErasureStatus.STILL_PRESENT
    if not settled:
        return
    snapshot = _seal(worker, erasure, sighting, AuditSnapshot.Moment.AFTER, at=at)
    Erasure.objects.filter(pk=erasure.pk).update(after=snapshot)
    if move.status == ErasureStatus.VERIFIED_ABSENT:
        for profile in people_in(sighting):
            note_reappearance(erasure, profile, seen_by=Reappearance.SeenBy.READ_BACK, by=worker.by, at=at)


def _seal(worker: Worker, erasure: Erasure, sighting: Sighting, moment: str, *, at: datetime) -> AuditSnapshot:
    findings = Findings(tuple(_profile(profile) for profile in _records(sighting)), sighting.by_address.raw)
    full = worker.account.options.snapshot == "full"
    return seal_snapshot(erasure.subject, moment=moment, findings=findings, by=worker.by, at=at, full=full)


def _profile(seen: Seen) -> Profile:
    return Profile(
        uuid=seen.uuid,
        customer_id=seen.customer_id,
        email=seen.email,
        unsubscribed=seen.unsubscribed,
        unsubscribed_at=seen.unsubscribed_at,
        tags=seen.tags,
        fields=seen.fields,
        created_at=seen.created_at,
        personal=seen.personal,
    )


def _leave(erasure: Erasure, **changes: object) -> bool:
    """Give the lease back without a change of status; False where it was lost."""
    return doors.move_erasure(
        erasure, erasure.status, expected=erasure.status, lease_owner="", leased_until=None, **changes
    )
