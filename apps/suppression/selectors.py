"""Ask the lists: would this be blocked, where, since when and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from apps.privacy.digests import lookups
from apps.vendors.models import VendorAccount

from .asking import digests_of
from .doubting import Doubts
from .models import EntrySource, SuppressionEntry, SuppressionList
from .searching import find

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
    where: str
    since: datetime
    sources: tuple[Source, ...]
    masked: str


class Hit(NamedTuple):
    """One list that blocks one of many, and since when: what a Block is for the one who asks about somebody."""

    since: datetime
    entry: int
    list_name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The lists that block one identifier, oldest first, or why nothing is known of it.

    A problem is no consent: the value can identify nobody or, ``is_unsure``, what it was asked by finds not everybody.
    """

    hits: tuple[Hit, ...] = ()
    problem: str = ""
    is_unsure: bool = False

    @property
    def lists(self) -> list[str]:
        """Return the names of the lists, each once."""
        return list(dict.fromkeys(hit.list_name for hit in self.hits))

    @property
    def since(self) -> datetime | None:
        return self.hits[0].since if self.hits else None


_FREE = Answer()


def where_it_blocks(blocking: SuppressionList) -> str:
    """Name the accounts at which a list blocks; load ``accounts`` before, for many."""
    if blocking.everywhere:
        return "Everywhere"
    return ", ".join(sorted(account.name for account in blocking.accounts.all()))


def answers(
    asked: Iterable[tuple[str, str | bytes]], *, at: datetime, account: VendorAccount | None = None
) -> list[Answer]:
    """Answer (kind, value) pairs by position: one that is unreadable spoils only its own answer.

    Every active pepper is tried. With an account, only lists that block there count; without one, all do. ``digest`` is
    a kind, too: its value is the id of a pepper, a colon and a digest in hex. It clears nobody where entries may be by
    another pepper or of another kind, and ``email_sha256`` never does.
    """
    asked = list(asked)
    wanted = digests_of(asked)
    digests = chain.from_iterable(each for each in wanted if isinstance(each, list))
    hits = hits_of(digests, at=at, account=account)
    doubts = Doubts(at)
    return [_answer(each, hits) or _missed(*pair, doubts) for pair, each in zip(asked, wanted, strict=True)]


def hits_of(digests: Iterable[bytes], *, at: datetime, account: VendorAccount | None = None) -> dict[bytes, list[Hit]]:
    """Return what blocks each of these digests; those that nothing blocks are missing."""
    found = list(find(digests, at=at))
    names = _lists_that_block_at(account) if found else {}
    hits: defaultdict[bytes, list[Hit]] = defaultdict(list)
    for digest, entry, list_id, since in found:
        if list_id in names:
            hits[digest].append(Hit(since, entry, names[list_id]))
    return hits


def blocks(kind: str, value: str, at: datetime) -> list[Block]:
    """Return every list that blocks it, oldest first, trying each active pepper; raise InvalidIdentifier.

    An empty answer clears a plain identifier only: a SHA-256 does not find what was made from the address.
    """
    wanted = [digest.value for digest in lookups(kind, value)]
    entries = SuppressionEntry.objects.filter(pk__in=[entry for _, entry, _, _ in find(wanted, at=at)])
    told = entries.select_related("list", "source_import").prefetch_related(LIVE_SOURCES, "list__accounts")
    return [_block(entry) for entry in told.order_by("created_at", "pk")]


def others_that_block(entry: SuppressionEntry, at: datetime) -> QuerySet[SuppressionEntry]:
    """Return what blocks the person of an entry besides it, as far as their digests are the same.

    What was made under another pepper or of a SHA-256 is not found: only an address finds that.
    """
    same = SuppressionEntry.objects.blocking(at).filter(digest=entry.digest, kind=entry.kind)
    return same.exclude(pk=entry.pk).select_related("list").order_by("created_at", "pk")


def sources_of(reference: str) -> QuerySet[EntrySource]:
    """Return what a ticket, staff or a system put on lists, withdrawn sources included, oldest first.

    Of an import, only what stood there before it: entries that it made name it in ``source_import``.
    """
    sources = EntrySource.objects.filter(reference=reference)
    return sources.select_related("entry__list").order_by("added_at", "pk")


def held_for_tickets(at: datetime) -> QuerySet[EntrySource]:
    """Return the sources by which tickets block somebody right now; `reference` names the ticket."""
    # Joined, since a subquery inside a subquery makes SQLite read all entries for each row.
    tickets = EntrySource.objects.filter(kind=EntrySource.Kind.TICKET, withdrawn_at=None, entry__lifted_at=None)
    return tickets.filter(Q(entry__expires_at=None) | Q(entry__expires_at__gt=at))


def entries_of(reference: str) -> QuerySet[SuppressionEntry]:
    """Return the live entries that a ticket, staff or a system still supports, whatever else supports them.

    Of an import, only what stood there before it: entries that it made name it in ``source_import``.
    """
    sources = EntrySource.objects.filter(reference=reference, withdrawn_at=None)
    return SuppressionEntry.objects.live().filter(pk__in=sources.values("entry")).select_related("list").order_by("pk")


def _lists_that_block_at(account: VendorAccount | None) -> dict[int, str]:
    if account is None:
        return _every_list()
    lists = SuppressionList.objects.filter(Q(everywhere=True) | Q(accounts=account)).distinct()
    return dict(lists.values_list("pk", "name"))


def _every_list() -> dict[int, str]:
    """Read them without a queryset: composing one would take a third of the time of a single check."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, name FROM {SuppressionList._meta.db_table}")  # noqa: S608 (a name of our own)
        return dict(cursor.fetchall())


def _answer(wanted: list[bytes] | str, hits: dict[bytes, list[Hit]]) -> Answer | None:
    if isinstance(wanted, str):
        return Answer(problem=wanted)
    found = [hit for digest in wanted if digest in hits for hit in hits[digest]]
    return Answer(tuple(sorted(found))) if found else None


def _missed(kind: str, value: str | bytes, doubts: Doubts) -> Answer:
    doubt = doubts.about(kind, value)
    return Answer(problem=doubt, is_unsure=True) if doubt else _FREE


def _block(entry: SuppressionEntry) -> Block:
    return Block(
        entry=entry.pk,
        list_name=entry.list.name,
        list_title=entry.list.title,
        where=where_it_blocks(entry.list),
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
