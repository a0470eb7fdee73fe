"""Put candidates on one list: in chunks, once each, with the source that supports them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Self, TypeVar

from apps.privacy.digests import Digest, digests
from apps.privacy.identifiers import mask

from .models import EntrySource, SuppressionEntry, SuppressionList

CHUNK = 500
Item = TypeVar("Item")


@dataclass(frozen=True)
class Origin:
    """Who supports the entries: the kind of source and its reference."""

    kind: str
    reference: str


@dataclass(frozen=True)
class Candidate:
    """An identifier as the lists know it: without its value."""

    kind: str
    masked: str
    digests: tuple[Digest, ...]

    @classmethod
    def of(cls, kind: str, value: str) -> Self:
        """Digest with every active pepper, so that an entry made with an older one is recognised."""
        return cls(str(kind), mask(kind, value), tuple(digests(kind, value)))

    @property
    def newest(self) -> Digest:
        return self.digests[0]


@dataclass(frozen=True)
class Tally:
    """How many entries were made, how many stood there, and how many sources were new."""

    added: int = 0
    known: int = 0
    sources: int = 0

    def __add__(self, other: Self) -> Self:
        return Tally(self.added + other.added, self.known + other.known, self.sources + other.sources)


def fill(target: SuppressionList, candidates: Iterable[Candidate], *, origin: Origin, at: datetime) -> Tally:
    """Add what is missing, in the caller's transaction and under its lock on the list; repeats change nothing."""
    return sum((_fill_chunk(target, chunk, origin, at) for chunk in _chunks(candidates)), start=Tally())


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut anything into lists that one short transaction can take."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _fill_chunk(target: SuppressionList, chunk: list[Candidate], origin: Origin, at: datetime) -> Tally:
    distinct = {candidate.newest.value: candidate for candidate in chunk}.values()
    standing = _standing(target, distinct)
    fresh = [one for one in distinct if not any(digest.value in standing for digest in one.digests)]
    made = SuppressionEntry.objects.bulk_create(_entry(target, candidate, at) for candidate in fresh)
    until = target.expiry_of_entries(at)
    SuppressionEntry.objects.filter(pk__in=standing.values()).ending_before(until).update(expires_at=until)
    sources = _support({*standing.values(), *(entry.pk for entry in made)}, origin, at)
    return Tally(added=len(made), known=len(chunk) - len(made), sources=sources)


def _standing(target: SuppressionList, candidates: Iterable[Candidate]) -> dict[bytes, int]:
    wanted = [digest.value for candidate in candidates for digest in candidate.digests]
    live = SuppressionEntry.objects.live().filter(list=target, digest__in=wanted)
    return {bytes(digest): pk for digest, pk in live.values_list("digest", "pk")}


def _entry(target: SuppressionList, candidate: Candidate, at: datetime) -> SuppressionEntry:
    return SuppressionEntry(
        list=target,
        kind=candidate.kind,
        digest=candidate.newest.value,
        key_id=candidate.newest.key_id,
        masked=candidate.masked,
        created_at=at,
        expires_at=target.expiry_of_entries(at),
    )


def _support(entries: set[int], origin: Origin, at: datetime) -> int:
    mine = EntrySource.objects.filter(
        entry__in=entries, kind=origin.kind, reference=origin.reference, withdrawn_at=None
    ).values_list("entry_id", flat=True)
    missing = sorted(entries - set(mine))
    EntrySource.objects.bulk_create(
        EntrySource(entry_id=entry, kind=origin.kind, reference=origin.reference, added_at=at) for entry in missing
    )
    return len(missing)
