"""End blocks by a person's decision, with a reason and what shows it; the entries stay as history."""

import hashlib
from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.privacy.digests import lookups
from apps.privacy.models import DataKey
from apps.privacy.vault import new_key, seal, shred_all, unseal
from apps.suppression.errors import SuppressionError
from apps.suppression.models import SuppressionEntry, SuppressionList

from .blocking import LIFT, lock

KEEP_EVIDENCE = timedelta(days=730)  # long enough to answer complaints about mail after the lift
CHUNK = 200
SEE_EVIDENCE = "audit.view_auditsnapshot"
REASONS = (SuppressionEntry.LiftReason.CAME_BACK, SuppressionEntry.LiftReason.ADDED_IN_ERROR)


class AlreadyLifted(SuppressionError):
    """Somebody was faster."""


class NothingToLift(SuppressionError):
    """No list blocks the identifier."""


class UnknownList(SuppressionError):
    """No list has the name: taking that for one which does not block would leave the person blocked unnoticed."""


class UnfoundedLift(SuppressionError):
    """A lift without a reason of a person, or without what shows it."""


@deed()
def lift(entry: SuppressionEntry, *, reason: str, by: Actor, at: datetime, evidence: str = "") -> None:
    """End one block by a person's decision, whatever supports it; raise AlreadyLifted or UnfoundedLift.

    The evidence is sealed under a key of its own; it may stay empty only where the decision keeps its own elsewhere.
    """
    by.require(LIFT)
    lock(SuppressionList.objects.filter(pk=entry.list_id))
    sealed = _sealed(entry, evidence, at) if evidence else {}
    changes = {"lifted_at": at, "lift_reason": _reason(reason), "lifted_by": by.user, **sealed}
    if not SuppressionEntry.objects.live().filter(pk=entry.pk).update(**changes):
        raise AlreadyLifted("This entry was lifted before.")
    facts = {"entry": entry.pk, "kind": entry.kind, "reason": reason}
    if sealed:
        facts["sealed_sha256"] = hashlib.sha256(sealed["lift_evidence"]).hexdigest()
    record("suppression.lifted", f"list/{entry.list.name}", by=by, at=at, facts=facts)


@deed()
def lift_identifier(
    kind: str, value: str, *, reason: str, evidence: str, by: Actor, at: datetime, list_name: str | None = None
) -> list[int]:
    """End every block of an identifier, on one list or on all, and return the entries; an address also by its SHA-256.

    Raises NothingToLift where no list holds it, UnknownList, UnfoundedLift, and InvalidIdentifier.
    """
    by.require(LIFT)
    if not evidence.strip():
        raise UnfoundedLift("Say what shows that the block may end: a message of the person, or a reference to one.")
    wanted = [digest.value for digest in lookups(kind, value)]
    entries = SuppressionEntry.objects.live().filter(digest__in=wanted, list__in=_lists(list_name))
    lifted = list(entries.select_related("list").order_by("pk"))
    if not lifted:
        raise NothingToLift("No list blocks this identifier, so there is nothing to lift.")
    for entry in lifted:
        lift(entry, reason=reason, evidence=evidence, by=by, at=at)
    return [entry.pk for entry in lifted]


@deed()
def open_evidence(entry: SuppressionEntry, *, by: Actor, at: datetime) -> str:
    """Return what a lift was founded on, nothing where none was given, and record who read it; raise VaultError.

    After KEEP_EVIDENCE it is Shredded.
    """
    by.require(SEE_EVIDENCE)
    if entry.lift_key is None:
        return ""
    text = unseal(entry.lift_key, entry.lift_evidence, name=entry.evidence_name)
    record("suppression.evidence_viewed", f"list/{entry.list.name}", by=by, at=at, facts={"entry": entry.pk})
    return text


def shred_evidence(*, at: datetime) -> int:
    """Destroy what lifts were founded on KEEP_EVIDENCE ago; return how many sealed copies. Safe to interrupt."""
    shredded = 0
    while chunk := _shred_chunk(at=at):
        shredded += chunk
    return shredded


@deed()
def _shred_chunk(*, at: datetime) -> int:
    old = SuppressionEntry.objects.filter(lift_evidence__isnull=False, lifted_at__lte=at - KEEP_EVIDENCE)
    chunk = list(old.select_related("list").order_by("lifted_at", "pk")[:CHUNK])
    shred_all(DataKey.objects.filter(pk__in=[entry.lift_key_id for entry in chunk]), at=at)
    SuppressionEntry.objects.filter(pk__in=[entry.pk for entry in chunk]).update(lift_evidence=None)
    for entry in chunk:
        facts = {"entry": entry.pk}
        record("suppression.evidence_shredded", f"list/{entry.list.name}", by=Actor.worker(), at=at, facts=facts)
    return len(chunk)


def _lists(name: str | None) -> QuerySet[SuppressionList]:
    if name is None:
        return SuppressionList.objects.all()
    named = SuppressionList.objects.filter(name=name)
    if not named.exists():
        raise UnknownList("No list has this name.")
    return named


def _reason(reason: str) -> str:
    if reason not in REASONS:
        raise UnfoundedLift(f"A block is lifted because of {' or '.join(REASONS)}.")
    return reason


def _sealed(entry: SuppressionEntry, evidence: str, at: datetime) -> dict[str, object]:
    key = new_key(at)
    return {"lift_key": key, "lift_evidence": seal(key, evidence, name=entry.evidence_name)}
