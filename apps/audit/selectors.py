"""Read the ledger, and judge whether it is whole."""

import json
from dataclasses import dataclass, field

from django.db import DataError
from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.privacy.vault import unseal

from .chain import GENESIS, link, moment
from .models import AuditEvent, AuditSnapshot, LedgerHead


@dataclass(frozen=True)
class Fault:
    """The first event that cannot be trusted, and why."""

    seq: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a check of the whole ledger found; `events` counts the good ones before any fault."""

    events: int
    head: bytes
    fault: Fault | None = None


@dataclass(frozen=True)
class Kept:
    """One record of a snapshot, for the console's own decisions: nobody is shown a value of it in clear."""

    uuid: str
    customer_id: str = field(repr=False)
    created_at: str | None
    unsubscribed: bool
    personal: bool
    tags: int
    fields: tuple[str, ...]


class _Broken(Exception):
    """Carries the reason out of the checks of one event."""


def history(reference: str) -> QuerySet[AuditEvent]:
    """Return the events of a reference and of everything below it (DEL-…/bento/email), oldest first."""
    return AuditEvent.objects.filter(
        Q(subject=reference) | Q(subject__startswith=f"{reference}/"), root=reference.partition("/")[0]
    ).order_by("seq")


def contents_of(snapshot: AuditSnapshot) -> dict[str, list[dict]]:
    """Unseal a snapshot without an event; what a person is to read goes through services.open_snapshot instead.

    Raises Shredded or VaultError.
    """
    return json.loads(unseal(snapshot.key, snapshot.sealed or b"", name=snapshot.sealed_name))


def kept_in(snapshot: AuditSnapshot) -> list[Kept]:
    """Return which records a snapshot holds; of fields their names that hold something. Raises like contents_of."""
    return [
        Kept(
            uuid=profile["uuid"],
            customer_id=profile["customer_id"] or "",
            created_at=profile["created_at"],
            unsubscribed=bool(profile["unsubscribed_at"] or profile["unsubscribed"]),
            personal=profile["personal"],
            tags=len(profile["tags"]),
            fields=tuple(name for name, value in profile["fields"].items() if value not in (None, "", [], {})),
        )
        for profile in contents_of(snapshot)["profiles"]
    ]


def verify(chunk_size: int = 2000) -> Verdict:
    """Check every event against its bytes, its neighbours and the head. Events recorded meanwhile are left out."""
    head = LedgerHead.objects.first() or LedgerHead(seq=0, link=GENESIS)
    seq, prev = 0, GENESIS
    try:
        for event in AuditEvent.objects.filter(seq__lte=head.seq).order_by("seq").iterator(chunk_size):
            _check(event, seq + 1, prev)
            seq, prev = event.seq, bytes(event.link)
        _check_end(head, seq, prev)
    except _Broken as broken:
        return Verdict(seq, prev, Fault(seq + 1, str(broken)))
    except (ValueError, TypeError, OverflowError, DataError):  # a 13th month on SQLite, infinity on PostgreSQL
        if chunk_size > 1:
            return verify(chunk_size=1)  # a whole chunk cannot be read: find out which of its events
        return Verdict(seq, prev, Fault(seq + 1, "It cannot be read."))
    return Verdict(seq, prev)


def _check(event: AuditEvent, seq: int, prev: bytes) -> None:
    if event.seq != seq:
        raise _Broken(f"It is missing; event {event.seq} stands in its place.")
    if not _same(event.prev, prev):
        raise _Broken("It does not follow from the event before it.")
    if not isinstance(event.body, bytes | memoryview) or not _same(event.link, link(prev, bytes(event.body))):
        raise _Broken("Its body and its link do not belong together.")
    _check_columns(event)


def _check_columns(event: AuditEvent) -> None:
    """Hold the columns that pages show and search against the body that the chain protects."""
    entry = json.loads(bytes(event.body))
    shown = {
        "seq": event.seq,
        "at": event.at and moment(event.at),
        "action": event.action,
        "subject": event.subject,
        "actor": event.actor,
    }
    for name, value in shown.items():
        if entry.get(name) != value:
            raise _Broken(f"Its column “{name}” differs from its body.")
    if event.root != event.subject.partition("/")[0]:
        raise _Broken("Its column “root” differs from its subject.")


def _check_end(head: LedgerHead, seq: int, prev: bytes) -> None:
    if seq != head.seq:
        raise _Broken(f"It is missing, and so is everything up to the head at {head.seq}.")
    if not _same(head.link, prev):
        raise _Broken("The head has another link than the last event.")
    # One statement, so that an event and the head that a writer moved with it are seen together or not at all.
    fresh_head = Coalesce(Subquery(LedgerHead.objects.values("seq")), 0)
    if AuditEvent.objects.filter(seq__gt=fresh_head).exists():
        raise _Broken("It stands beyond the head.")


def _same(stored: object, expected: bytes) -> bool:
    """Compare bytes; a value of another type is a broken one."""
    return isinstance(stored, bytes | memoryview) and bytes(stored) == expected
