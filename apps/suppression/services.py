"""Put people on lists, take them off again, and answer who is on them."""

import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import starmap
from typing import BinaryIO

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.audit.actors import Actor
from apps.audit.chain import Fact
from apps.audit.services import deed, record
from apps.jobs.progress import unheard
from apps.privacy.failpoints import Failpoint, reach
from apps.privacy.identifiers import InvalidIdentifier, Kind

from . import selectors
from .errors import SuppressionError
from .files import Row, read_rows
from .filling import Candidate, Origin, Tally, chunks, fill
from .models import EntrySource, SuppressionEntry, SuppressionList
from .selectors import Block

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
ADD = "suppression.add_suppressionentry"
LIFT = "suppression.lift_suppressionentry"
CHECK = "suppression.check_suppressionentry"
BREATH = 0.02  # seconds between chunks, in which other writers of an SQLite file get their turn


class BadListName(SuppressionError):
    """No list can have this name."""


class AlreadyLifted(SuppressionError):
    """Somebody was faster."""


@dataclass(frozen=True)
class ImportResult:
    """What an import did: entries made, entries that stood there before, and the lines it refused."""

    reference: str
    added: int
    known: int
    rejected: list[tuple[int, str]] = field(repr=False)


@deed()
def suppress(
    identifiers: Iterable[tuple[str, str]],
    *,
    list_name: str,
    source_kind: str,
    reference: str,
    by: Actor,
    at: datetime,
) -> Tally:
    """Block (kind, value) pairs on a list, made if missing. Repeats change nothing; raise InvalidIdentifier.

    The deed that a ticket's source belongs to has its own right; every other source needs the right to add.
    """
    origin = Origin(EntrySource.Kind(source_kind), reference)
    if origin.kind != EntrySource.Kind.TICKET:
        by.require(ADD)
    tally = fill(_locked_list(list_name, at), starmap(Candidate.of, identifiers), origin=origin, at=at)
    if tally.sources:
        subject = reference if origin.kind == EntrySource.Kind.TICKET else f"list/{list_name}"
        record("suppression.added", subject, by=by, at=at, facts=_facts(list_name, origin, tally))
    return tally


def import_file(
    stream: BinaryIO, *, list_name: str, by: Actor, at: datetime, tell: Callable[[int], None] = unheard
) -> ImportResult:
    """Block every readable address of a file and name the lines refused; raise UnreadableFile or BadListName.

    Each chunk is a deed of its own, so that others write between two. What a crash leaves stands, with its events; the
    same file again adds the rest and doubles nobody. ``tell`` hears the number of each chunk's last line.
    """
    by.require(ADD)
    _refuse_bad_name(list_name)
    origin = Origin(EntrySource.Kind.IMPORT, f"import-{at.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}")
    rejected: list[tuple[int, str]] = []
    tally = Tally()
    for rows in chunks(read_rows(stream)):
        people = list(_readable(rows, rejected))
        tally += _add_chunk(people, list_name=list_name, origin=origin, by=by, at=at)
        tell(rows[-1].line)
        time.sleep(BREATH)
    _close_import(list_name, origin, tally, rejected=len(rejected), by=by, at=at)
    return ImportResult(origin.reference, tally.added, tally.known, rejected)


@deed()
def withdraw(*, source_kind: str, reference: str, by: Actor, at: datetime) -> int:
    """Take a ticket's or an import's support away; return how many entries were lifted because nothing else holds them.

    A ticket's deed has its own right; withdrawing any other source needs the right to lift.
    """
    if source_kind != EntrySource.Kind.TICKET:
        by.require(LIFT)
    sources = EntrySource.objects.filter(kind=source_kind, reference=reference, withdrawn_at=None)
    _lock(SuppressionList.objects.filter(pk__in=sources.values("entry__list")))
    withdrawn = sources.update(withdrawn_at=at)
    if not withdrawn:
        return 0
    lifted = _lift_unsupported(EntrySource.objects.filter(kind=source_kind, reference=reference), at)
    record("suppression.withdrawn", reference, by=by, at=at, facts={"sources": withdrawn, "lifted": lifted})
    return lifted


@deed()
def lift(entry: SuppressionEntry, *, reason: str, by: Actor, at: datetime) -> None:
    """End one block by a person's decision, whatever supports it; raise AlreadyLifted. The row stays as history."""
    by.require(LIFT)
    _lock(SuppressionList.objects.filter(pk=entry.list_id))
    why = SuppressionEntry.LiftReason(reason)
    if not SuppressionEntry.objects.live().filter(pk=entry.pk).update(lifted_at=at, lift_reason=why):
        raise AlreadyLifted("This entry was lifted before.")
    facts = {"entry": entry.pk, "kind": entry.kind, "reason": why.value}
    record("suppression.lifted", f"list/{entry.list.name}", by=by, at=at, facts=facts)


def check(kind: str, value: str, *, by: Actor, at: datetime) -> list[Block]:
    """Answer a person who asks whether an identifier would be blocked; raise NotAllowed or InvalidIdentifier."""
    by.require(CHECK)
    return selectors.blocks(kind, value, at)


@deed()
def _add_chunk(people: list[Candidate], *, list_name: str, origin: Origin, by: Actor, at: datetime) -> Tally:
    tally = fill(_locked_list(list_name, at), people, origin=origin, at=at)
    reach(Failpoint.IMPORT_UNCOMMITTED)
    if tally.sources:
        record("suppression.added", f"list/{list_name}", by=by, at=at, facts=_facts(list_name, origin, tally))
    return tally


@deed()
def _close_import(list_name: str, origin: Origin, tally: Tally, *, rejected: int, by: Actor, at: datetime) -> None:
    """Record the totals; an import whose parts stand in the ledger without them did not come to its end."""
    facts = {**_facts(list_name, origin, tally), "rejected": rejected}
    record("suppression.imported", f"list/{list_name}", by=by, at=at, facts=facts)


def _refuse_bad_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadListName("The name of a list is made of small letters, digits, hyphens and underscores.")


def _locked_list(name: str, at: datetime) -> SuppressionList:
    """Lock the list, made if missing: adding, lifting and withdrawing on one list take turns."""
    _refuse_bad_name(name)
    title = name.replace("-", " ").replace("_", " ").capitalize()
    defaults = {"title": title, "created_at": at}
    return SuppressionList.objects.select_for_update().get_or_create(name=name, defaults=defaults)[0]


def _lock(lists: QuerySet[SuppressionList]) -> None:
    list(lists.select_for_update().order_by("pk"))


def _lift_unsupported(withdrawn: QuerySet[EntrySource], at: datetime) -> int:
    support = EntrySource.objects.filter(entry=OuterRef("pk"), withdrawn_at=None)
    imported = Q(source_import__isnull=False, source_import__withdrawn_at=None)
    unsupported = SuppressionEntry.objects.live().filter(~Exists(support), pk__in=withdrawn.values("entry"))
    unsupported = unsupported.exclude(imported)
    return unsupported.update(lifted_at=at, lift_reason=SuppressionEntry.LiftReason.SOURCES_WITHDRAWN)


def _facts(list_name: str, origin: Origin, tally: Tally) -> dict[str, Fact]:
    return {
        "list": list_name,
        "source": str(origin.kind),
        "reference": origin.reference,
        "added": tally.added,
        "known": tally.known,
    }


def _readable(rows: Iterable[Row], rejected: list[tuple[int, str]]) -> Iterator[Candidate]:
    """Pass good rows on, and note the others with their line and reason, never with what stood there."""
    for row in rows:
        try:
            if row.problem:
                raise InvalidIdentifier(row.problem)
            yield Candidate.of(Kind.EMAIL, row.text)
        except InvalidIdentifier as refusal:
            rejected.append((row.line, str(refusal)))
