"""Ask the lists: would this be blocked, where, since when and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from apps.privacy.digests import lookups

from .models import EntrySource, SuppressionEntry

LIVE_SOURCES = Prefetch(
    "sources", queryset=EntrySource.objects.filter(withdrawn_at=None).order_by("added_at", "pk"), to_attr="live_sources"
)


@dataclass(frozen=True)
class Source:
    """Why an entry stands on a list: a kind and a reference, and the two in words."""

    kind: str
    reference: str
    words: str


@dataclass(frozen=True)
class Block:
    """One list that blocks an identifier."""

    entry: int
    list_name: str
    list_title: str
    since: datetime
    sources: tuple[Source, ...]
    masked: str


def blocks(kind: str, value: str, at: datetime) -> list[Block]:
    """Return every list that blocks it, oldest first, trying each active pepper; raise InvalidIdentifier."""
    wanted = [digest.value for digest in lookups(kind, value)]
    entries = SuppressionEntry.objects.blocking(at).filter(digest__in=wanted)
    found = entries.select_related("list", "source_import").prefetch_related(LIVE_SOURCES).order_by("created_at", "pk")
    return [_block(entry) for entry in found]


def sources_of(reference: str) -> QuerySet[EntrySource]:
    """Return what a ticket or an import put on lists, withdrawn sources included, oldest first."""
    sources = EntrySource.objects.filter(reference=reference)
    return sources.select_related("entry__list").order_by("added_at", "pk")


def held_for_tickets(at: datetime) -> QuerySet[EntrySource]:
    """Return the sources by which tickets block somebody right now; `reference` names the ticket."""
    # Joined, since a subquery inside a subquery makes SQLite read all entries for each row.
    tickets = EntrySource.objects.filter(kind=EntrySource.Kind.TICKET, withdrawn_at=None, entry__lifted_at=None)
    return tickets.filter(Q(entry__expires_at=None) | Q(entry__expires_at__gt=at))


def entries_of(reference: str) -> QuerySet[SuppressionEntry]:
    """Return the live entries that a ticket or an import still supports, whatever else supports them."""
    sources = EntrySource.objects.filter(reference=reference, withdrawn_at=None)
    return SuppressionEntry.objects.live().filter(pk__in=sources.values("entry")).select_related("list").order_by("pk")


def _block(entry: SuppressionEntry) -> Block:
    return Block(
        entry=entry.pk,
        list_name=entry.list.name,
        list_title=entry.list.title,
        since=entry.created_at,
        sources=tuple(_sources(entry)),
        masked=entry.masked,
    )


def _sources(entry: SuppressionEntry) -> Iterator[Source]:
    made_by = entry.source_import
    if made_by is not None and made_by.withdrawn_at is None:
        label = EntrySource.Kind.IMPORT.label
        yield Source(EntrySource.Kind.IMPORT.value, made_by.reference, f"{label}: {made_by.reference}")
    for source in entry.live_sources:
        yield Source(source.kind, source.reference, str(source))
