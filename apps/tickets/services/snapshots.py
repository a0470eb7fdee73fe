"""Seal what looks find, and tell what is left of it, what is missing, and what nobody was shown."""

from datetime import datetime

from apps.audit.findings import Findings, Profile, profiles_in
from apps.audit.models import AuditSnapshot
from apps.audit.selectors import contents_of
from apps.audit.services import seal_snapshot
from apps.tickets.attention import Attention
from apps.tickets.models import Erasure, Reappearance
from apps.tickets.records import plain, records_of
from apps.tickets.sharing import awaited, expected, is_choice_open, requests_for
from apps.tickets.states import SENDABLE, Choice, ErasureStatus
from apps.tickets.verdicts import Move
from apps.vendors.clients.answers import Profile as Seen
from apps.vendors.registry import client_class

from .choosing import NO_CHOICE, choice_is_outdated
from .claiming import Worker
from .reappearing import note_reappearance
from .remembering import remember_unsubscribe
from .sighting import Sighting, people_in, records_in


def left_of(erasure: Erasure, sighting: Sighting) -> list[str]:
    """Return which of the awaited records still hold somebody."""
    return [profile.uuid for profile in people_in(sighting) if plain(profile.uuid) in awaited(erasure)]


def unshown_in(erasure: Erasure, sighting: Sighting) -> list[Seen]:
    """Return who is found under an id that no snapshot had; nobody where there was no snapshot to compare with."""
    known = records_of(expected(erasure))
    return [seen for seen in people_in(sighting) if erasure.before and plain(seen.uuid) not in known]


def keep_before(worker: Worker, erasure: Erasure, sighting: Sighting, *, at: datetime) -> dict[str, object]:
    """Seal what is held before anything is sent, and return what that changes on the row."""
    snapshot = _seal(worker, erasure, sighting, AuditSnapshot.Moment.BEFORE, at=at)
    erasure.before = snapshot
    forgotten = choice_is_outdated(erasure, sighting.by_address.profiles)
    changed = _needs_another_yes(erasure, snapshot, is_open=is_choice_open(erasure) or forgotten)
    changes = {"before": snapshot} | _choice_changes(worker, erasure, sighting, forgotten=forgotten)
    changes["uuids_left"] += _unseen(erasure, sighting)
    remember_unsubscribe(erasure, by=worker.by, at=at)
    if changed:
        changes["attention"] = Attention.CHANGED_SINCE_APPROVAL
    return changes


def show_again(worker: Worker, erasure: Erasure, sighting: Sighting, *, at: datetime) -> dict[str, object]:
    """Add what a look after a request met to what was held before, and return what that changes on the row.

    The approver says yes to all of it, or chooses: a further request would take people whom nobody has seen.
    """
    known = profiles_in(contents_of(erasure.before)) if erasure.before else ()
    new = [_profile(seen) for seen in unshown_in(erasure, sighting)]
    snapshot = _seal_profiles(worker, erasure, (*known, *new), sighting, AuditSnapshot.Moment.BEFORE, at=at)
    erasure.before = snapshot
    remember_unsubscribe(erasure, by=worker.by, at=at)
    forgotten = choice_is_outdated(erasure, people_in(sighting))
    changes = _choice_changes(worker, erasure, sighting, forgotten=forgotten)
    return {"before": snapshot, "spelling": sighting.spelling} | changes


def _choice_changes(worker: Worker, erasure: Erasure, sighting: Sighting, *, forgotten: bool) -> dict[str, object]:
    """Count what is to be asked for; a choice that was made for other profiles than these is made again."""
    if forgotten:
        erasure.choice = Choice.NONE
    left = left_of(erasure, sighting)
    changes: dict[str, object] = {**(NO_CHOICE if forgotten else {}), "uuids_left": left}
    if erasure.choice != Choice.TICKED:
        at_once = client_class(worker.row.vendor).erases_at_once(worker.account.options)
        changes["requests_needed"] = requests_for(len(left), at_once)
    return changes


def _unseen(erasure: Erasure, sighting: Sighting) -> list[str]:
    """Return the awaited records that the address did not show: they may be gone, or have another address by now."""
    shown = {plain(seen.uuid) for seen in records_in(sighting)}
    return [uuid for uuid in expected(erasure) if plain(uuid) not in shown]


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


def keep_after(worker: Worker, erasure: Erasure, sighting: Sighting, move: Move, *, at: datetime) -> None:
    """Seal what a look after a request found, where it settles something, and note who came back."""
    settled = move.closes or move.attention or move.status == ErasureStatus.STILL_PRESENT
    if not settled:
        return
    snapshot = _seal(worker, erasure, sighting, AuditSnapshot.Moment.AFTER, at=at)
    Erasure.objects.filter(pk=erasure.pk).update(after=snapshot)
    if move.status == ErasureStatus.VERIFIED_ABSENT:
        for profile in people_in(sighting):
            note_reappearance(erasure, profile, seen_by=Reappearance.SeenBy.READ_BACK, by=worker.by, at=at)


def _seal(worker: Worker, erasure: Erasure, sighting: Sighting, moment: str, *, at: datetime) -> AuditSnapshot:
    profiles = tuple(_profile(profile) for profile in records_in(sighting))
    return _seal_profiles(worker, erasure, profiles, sighting, moment, at=at)


def _seal_profiles(
    worker: Worker,
    erasure: Erasure,
    profiles: tuple[Profile, ...],
    sighting: Sighting,
    moment: str,
    *,
    at: datetime,
) -> AuditSnapshot:
    findings = Findings(profiles, sighting.by_address.raw)
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
