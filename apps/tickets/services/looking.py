"""Look at what a vendor holds, before anything is sent and after, and settle what the look shows."""

from dataclasses import dataclass
from datetime import datetime

from apps.audit.actors import Actor
from apps.audit.findings import Findings, Profile
from apps.audit.models import AuditSnapshot
from apps.audit.services import deed, record, seal_snapshot
from apps.tickets import verdicts
from apps.tickets.attention import Attention
from apps.tickets.models import Erasure, Reappearance
from apps.tickets.records import plain, records_of
from apps.tickets.states import CLOSED, SENDABLE, SENDABLE_ERASURE, ErasureStatus, Spelling
from apps.vendors.clients.answers import Look
from apps.vendors.clients.answers import Profile as Seen
from apps.vendors.clients.client import VendorClient
from apps.vendors.clients.errors import Outcome, VendorError
from apps.vendors.pace import Pace

from . import doors
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
    present = is_present(sighting, erasure.before)
    move = verdicts.after_look(present, situation_of(erasure), policy_of(worker.account.options))
    changes = {"verified_at": at} if move.closes else {}
    if apply_move(worker, erasure, move, expected=erasure.status, at=at, **changes):
        _keep_after_snapshot(worker, erasure, sighting, move, at=at)


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
        if _leave(erasure, attention=Attention.NO_SNAPSHOT):
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


def _by_uuid(client: VendorClient, step: Step, pace: Pace):
    for uuid in step.uuids:
        pace.wait()
        yield from client.look_by_uuid(uuid).profiles


def _keep_before_snapshot(worker: Worker, erasure: Erasure, sighting: Sighting, *, at: datetime) -> None:
    snapshot = _seal(erasure, sighting, AuditSnapshot.Moment.BEFORE, by=worker.by, at=at)
    changed = _holds_more_than_shown(erasure, snapshot)
    attention = {"attention": Attention.CHANGED_SINCE_APPROVAL} if changed else {}
    _leave(erasure, before=snapshot, spelling=sighting.spelling, look_tries=0, **attention)
    if changed:
        record("erasure.changed_since_approval", erasure.subject, by=worker.by, at=at)


def _holds_more_than_shown(erasure: Erasure, now: AuditSnapshot) -> bool:
    """Compare with what the approver saw; fewer is no change, and nothing shown is nothing to compare."""
    shown = erasure.shown_at_approval
    if shown is None or erasure.ticket.status not in SENDABLE:
        return False
    subscribed_anew = bool(shown.unsubscribed) and now.unsubscribed is False
    new = records_of(now.vendor_uuids) - records_of(shown.vendor_uuids)
    return subscribed_anew or now.profiles > shown.profiles or bool(new)


def _keep_after_snapshot(
    worker: Worker, erasure: Erasure, sighting: Sighting, move: verdicts.Move, *, at: datetime
) -> None:
    settled = move.closes or move.status == ErasureStatus.STILL_PRESENT
    if not settled:
        return
    snapshot = _seal(erasure, sighting, AuditSnapshot.Moment.AFTER, by=worker.by, at=at)
    Erasure.objects.filter(pk=erasure.pk).update(after=snapshot)
    if move.status == ErasureStatus.VERIFIED_ABSENT:
        for profile in people_in(sighting):
            note_reappearance(erasure, profile, seen_by=Reappearance.SeenBy.READ_BACK, by=worker.by, at=at)


def _seal(erasure: Erasure, sighting: Sighting, moment: str, *, by: Actor, at: datetime) -> AuditSnapshot:
    findings = Findings(tuple(_profile(profile) for profile in _records(sighting)), sighting.by_address.raw)
    return seal_snapshot(erasure.subject, moment=moment, findings=findings, by=by, at=at)


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
