"""Put the addresses of a file on a list."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.progress import unheard
from apps.privacy.failpoints import Failpoint, reach
from apps.privacy.identifiers import InvalidIdentifier, Kind
from apps.suppression.files import Row, read_rows
from apps.suppression.filling import Candidate, Origin, Tally, chunks, fill
from apps.suppression.models import EntrySource

from .blocking import ADD, facts_of, locked_list, refuse_bad_name

BREATH = 0.02  # seconds between chunks, in which other writers of an SQLite file get their turn


@dataclass(frozen=True)
class ImportResult:
    """What an import did: entries made, entries that stood there before, and the lines it refused."""

    reference: str
    added: int
    known: int
    rejected: list[tuple[int, str]] = field(repr=False)


def import_file(
    stream: BinaryIO, *, list_name: str, by: Actor, at: datetime, tell: Callable[[int], None] = unheard
) -> ImportResult:
    """Block every readable address of a file and name the lines refused; raise UnreadableFile or BadListName.

    Each chunk is a deed of its own, so that others write between two. What a crash leaves stands, with its events; the
    same file again adds the rest and doubles nobody. ``tell`` hears the number of each chunk's last line.
    """
    by.require(ADD)
    refuse_bad_name(list_name)
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
def _add_chunk(people: list[Candidate], *, list_name: str, origin: Origin, by: Actor, at: datetime) -> Tally:
    tally = fill(locked_list(list_name, at), people, origin=origin, at=at)
    reach(Failpoint.IMPORT_UNCOMMITTED)
    if tally.sources:
        record("suppression.added", f"list/{list_name}", by=by, at=at, facts=facts_of(list_name, origin, tally))
    return tally


@deed()
def _close_import(list_name: str, origin: Origin, tally: Tally, *, rejected: int, by: Actor, at: datetime) -> None:
    """Record the totals; an import whose parts stand in the ledger without them did not come to its end."""
    facts = {**facts_of(list_name, origin, tally), "rejected": rejected}
    record("suppression.imported", f"list/{list_name}", by=by, at=at, facts=facts)


def _readable(rows: Iterable[Row], rejected: list[tuple[int, str]]) -> Iterator[Candidate]:
    """Pass good rows on, and note the others with their line and reason, never with what stood there."""
    for row in rows:
        try:
            if row.problem:
                raise InvalidIdentifier(row.problem)
            yield Candidate.of(Kind.EMAIL, row.text)
        except InvalidIdentifier as refusal:
            rejected.append((row.line, str(refusal)))
