"""Append to the ledger; seal, open and shred audit snapshots."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.privacy import vault
from apps.privacy.failpoints import Failpoint, reach
from apps.privacy.models import DataKey

from .actors import Actor
from .chain import GENESIS, Fact, Facts, canonical, link, moment
from .errors import AuditError
from .findings import Findings
from .models import AuditEvent, AuditSnapshot, LedgerHead
from .selectors import contents_of

NOTHING: Facts = MappingProxyType({})
FORMAT = 1


class UnfitForLedger(AuditError):
    """The event would be written for ever, and must not be written like this."""


@contextmanager
def deed() -> Iterator[None]:
    """Open the transaction of one deed with the ledger's head locked first; also a decorator, `@deed()`.

    Every deed ends in the ledger. Writers that take its lock last would hold other rows meanwhile and block each other
    for ever on PostgreSQL; this way they take turns, as they do on SQLite anyway. Deeds may contain deeds.
    """
    with transaction.atomic():
        _locked_head()
        yield


def record(action: str, subject: str, *, by: Actor, at: datetime, facts: Facts = NOTHING) -> AuditEvent:
    """Append one event inside the caller's deed: both commit, or neither."""
    (event,) = _append(action, [(subject, facts)], by=by, at=at)
    return event


def record_all(
    action: str,
    subjects: Iterable[str] | Mapping[str, Facts],
    *,
    by: Actor,
    at: datetime,
    facts: Facts = NOTHING,
) -> None:
    """Append one event per subject under one lock. A mapping adds facts of its own to the shared ones."""
    if isinstance(subjects, str):
        raise TypeError("record_all takes several subjects; record takes one.")
    own = subjects if isinstance(subjects, Mapping) else {}
    _append(action, [(subject, {**facts, **own.get(subject, NOTHING)}) for subject in subjects], by=by, at=at)


@deed()
def seal_snapshot(
    subject: str, *, moment: str, findings: Findings, by: Actor, at: datetime, full: bool = False
) -> AuditSnapshot:
    """Keep what a look found, under a key of the snapshot's own; the ledger keeps a digest of the sealed bytes.

    ``full`` seals the vendor's raw answer too.
    """
    key = vault.new_key(at)
    snapshot = AuditSnapshot(
        subject=subject,
        moment=AuditSnapshot.Moment(moment),
        taken_at=at,
        profiles=len(findings.profiles),
        owners=findings.owners,
        unsubscribed=findings.unsubscribed,
        vendor_uuids=findings.uuids,
        digest=findings.digest,
        key=key,
    )
    snapshot.sealed = vault.seal(key, findings.contents(full=full), name=snapshot.sealed_name)
    snapshot.save(force_insert=True)
    reach(Failpoint.SNAPSHOT_UNFINISHED)
    sealed_digest = hashlib.sha256(snapshot.sealed).hexdigest()
    facts = {**_facts(snapshot), "profiles": snapshot.profiles, "sealed_sha256": sealed_digest}
    record("snapshot.sealed", subject, by=by, at=at, facts=facts)
    return snapshot


@deed()
def open_snapshot(snapshot: AuditSnapshot, *, by: Actor, at: datetime) -> dict[str, list[dict]]:
    """Return {"profiles": […]}, with "raw" where that was sealed too, and record who saw it.

    Raises NotAllowed, Shredded or VaultError.
    """
    by.require("audit.view_auditsnapshot")
    contents = contents_of(snapshot)
    record("snapshot.viewed", snapshot.subject, by=by, at=at, facts=_facts(snapshot))
    return contents


@deed()
def shred_snapshots(snapshots: QuerySet[AuditSnapshot], *, by: Actor, at: datetime) -> int:
    """Destroy contents, keys and the unsubscribe state, one event each; uuids, digests and times stay.

    The count stays with the uuids that it counts. Shredded ones are passed over.
    """
    whole = list(snapshots.filter(sealed__isnull=False).select_for_update(of=("self",)).order_by("pk"))
    vault.shred_all(DataKey.objects.filter(pk__in=[snapshot.key_id for snapshot in whole]), at=at)
    AuditSnapshot.objects.filter(pk__in=[snapshot.pk for snapshot in whole]).update(sealed=None, unsubscribed=None)
    _append("snapshot.shredded", [(snapshot.subject, _facts(snapshot)) for snapshot in whole], by=by, at=at)
    return len(whole)


def _facts(snapshot: AuditSnapshot) -> dict[str, Fact]:
    return {"snapshot": snapshot.pk, "moment": str(snapshot.moment)}


def _append(action: str, entries: list[tuple[str, Facts]], *, by: Actor, at: datetime) -> list[AuditEvent]:
    if not connection.in_atomic_block:
        raise UnfitForLedger("An event is recorded in the transaction of the deed it tells about.")
    if not entries:
        return []
    head = _locked_head()
    events = []
    for subject, facts in entries:
        event = _next_event(head, action, subject, facts, by=by, at=at)
        head.seq, head.link = event.seq, event.link
        events.append(event)
    AuditEvent.objects.bulk_create(events)
    reach(Failpoint.LEDGER_HEAD_BEHIND)
    head.save(update_fields=["seq", "link"])
    return events


def _locked_head() -> LedgerHead:
    head, _ = LedgerHead.objects.select_for_update().get_or_create(pk=1, defaults={"seq": 0, "link": GENESIS})
    return head


def _next_event(head: LedgerHead, action: str, subject: str, facts: Facts, *, by: Actor, at: datetime) -> AuditEvent:
    _refuse_unfit(action, subject, facts)
    seq, prev = head.seq + 1, bytes(head.link)
    body = canonical(_entry(seq, action, subject, facts, by=by, at=at))
    return AuditEvent(
        seq=seq,
        at=at,
        action=action,
        subject=subject,
        root=subject.partition("/")[0],
        actor=by.name,
        body=body,
        prev=prev,
        link=link(prev, body),
    )


def _entry(seq: int, action: str, subject: str, facts: Facts, *, by: Actor, at: datetime) -> dict[str, object]:
    """Put everything into the body, the number too, so that it cannot be played back under another."""
    return {
        "v": FORMAT,
        "seq": seq,
        "at": moment(at),
        "action": action,
        "subject": subject,
        "facts": dict(facts),
        "actor": by.name,
        "actor_id": by.user.pk if by.user else None,  # a name can be given to another person later
        "via": by.via,
        "host": by.host,
        "os_user": by.os_user,
    }


def _refuse_unfit(action: str, subject: str, facts: Facts) -> None:
    """Stop what can never be taken out again: an address, or a value whose bytes differ between machines."""
    for value in (action, subject, *facts, *facts.values()):
        if not isinstance(value, Fact):
            raise UnfitForLedger(f"The ledger takes text, whole numbers, yes or no; {action} brought another type.")
        if isinstance(value, str) and "@" in value:
            raise UnfitForLedger(f"The ledger holds nothing personal; {action} brought what looks like an address.")
