"""Take the identifiers of a file into a list: in chunks that each commit whole, and on from there after a crash."""

import io
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F, Q

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.progress import unheard, unwatched
from apps.privacy.failpoints import Failpoint, reach
from apps.suppression.bulk import add_entries, room_to_write
from apps.suppression.errors import SuppressionError
from apps.suppression.files import HEAD, Chunk, Layout, UnreadableFile, find_layout, read_chunks
from apps.suppression.gleaning import Gleaned, gleaner
from apps.suppression.models import ImportReject, SuppressionImport, SuppressionList
from apps.suppression.streams import Measured, Piped, buffered, measure

from .blocking import ADD, locked_list, refuse_bad_name

CHUNK = 20_000  # lines whose rows one transaction writes at most
SHORTEST = 5_000
LONGEST = 0.2  # seconds that others may wait for a transaction, before the next ones are made smaller
BREATH = 0.025  # seconds between two: who waits for an SQLite file looks that often, and gets a turn
HOPELESS = 1_000  # refused lines above the first good one
TELLING = ("email_sha256", "digests", "email")  # kinds that not just any text is of
MOST_REJECTS = 10_000
NOTHING_KNOWN = Measured(size=0, sha256="", lines=0)

Clock = Callable[[], datetime]
Tell = Callable[[int], None]


class Overtaken(SuppressionError):
    """Somebody else works on the same import."""


@dataclass(frozen=True)
class ImportResult:
    """An import at its end; ``was_done_before`` where the same file stood on the list already and nothing was done."""

    source: SuppressionImport
    was_done_before: bool = False


def import_file(
    stream: io.BufferedIOBase,
    *,
    list_name: str,
    identifiers: str,
    by: Actor,
    clock: Clock,
    watch: Callable[[int], Tell] = unwatched,
) -> ImportResult:
    """Block whom a file names, and note the lines refused; raise UnreadableFile, BadListName or Overtaken.

    The same file into the same list goes on where a killed run stopped, and does nothing once it was taken in whole,
    unless the list lets entries expire: then it puts their ends off. What comes through a pipe cannot go on.
    ``watch`` gets the number of lines, 0 for a pipe, and returns what hears the number of each chunk's last line.
    """
    by.require(ADD)
    refuse_bad_name(list_name)
    piped = None if stream.seekable() else Piped(stream)
    with buffered(piped or stream) as file:
        layout = examine(file.peek(HEAD), identifiers)
        measured = NOTHING_KNOWN if piped else measure(file)
        source = open_import(measured, list_name=list_name, identifiers=identifiers, by=by, at=clock())
        if source.finished_at:
            return ImportResult(source, was_done_before=True)
        take_in(source, file, layout, clock=clock, tell=watch(measured.lines))
    if piped:
        SuppressionImport.objects.filter(pk=source.pk).update(size=piped.size, file_sha256=piped.sha256)
    close_import(source, by=by, at=clock())
    return ImportResult(source)


def examine(head: bytes, identifiers: str) -> Layout:
    """Tell from its first megabyte how to read a file; raise UnreadableFile where it is no list of such identifiers."""
    layout, chunk, gleaned = _first_lines(head, identifiers)
    is_whole = len(head) < HEAD and len(chunk.lines) < HOPELESS
    if gleaned.refused and not gleaned.count and (is_whole or len(gleaned.refused) >= HOPELESS - layout.heading):
        line, reason = gleaned.refused[0]
        which = "Every line is" if is_whole else f"The first {HOPELESS:,} lines are all"
        raise UnreadableFile(f"{which} refused, line {line} because: {reason}{_likely(head, identifiers)}")
    return layout


def _first_lines(head: bytes, identifiers: str) -> tuple[Layout, Chunk, Gleaned]:
    layout = find_layout(head, identifiers)
    chunk = next(read_chunks(io.BytesIO(head), layout, most=lambda: HOPELESS))
    return layout, chunk, gleaner(identifiers)(chunk)


def _likely(head: bytes, refused_as: str) -> str:
    """Name the kind that most lines are readable as; "" where there is none."""
    return next((f" This looks like {kind}." for kind in TELLING if kind != refused_as and _fits(head, kind)), "")


def _fits(head: bytes, identifiers: str) -> bool:
    try:
        _, _, gleaned = _first_lines(head, identifiers)
    except UnreadableFile:
        return False
    return gleaned.count >= max(1, len(gleaned.refused))


@deed()
def open_import(measured: Measured, *, list_name: str, identifiers: str, by: Actor, at: datetime) -> SuppressionImport:
    """Begin an import, or return the one of the same file: unfinished, or done if nothing would change."""
    target = locked_list(list_name, at)
    if measured.sha256 and (same := _same(target, identifiers, measured)):
        return same
    source = SuppressionImport.objects.create(
        reference=f"import-{at.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        list=target,
        identifiers=identifiers,
        file_sha256=measured.sha256,
        size=measured.size,
        started_by=by.user,
        via=by.via,
        started_at=at,
    )
    facts = {"reference": source.reference, "identifiers": identifiers, "size": measured.size}
    record("suppression.import_started", f"list/{list_name}", by=by, at=at, facts=facts)
    return source


def take_in(
    source: SuppressionImport,
    file: io.BufferedReader,
    layout: Layout,
    *,
    clock: Clock,
    tell: Tell = unheard,
    go_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Take in what is not committed yet, chunk by chunk while ``go_on`` says so; return whether the file is at its end.

    A chunk is one transaction, and it moves the mark: what a crash leaves is whole, and nothing is taken in twice.
    """
    if file.seekable():
        file.seek(source.position)
    glean, pace = gleaner(source.identifiers), _Pace()
    with room_to_write():
        for chunk in read_chunks(file, layout, after_line=source.line, most=pace.lines):
            if not go_on():
                return False
            gleaned = glean(chunk)
            with pace:
                _commit(source, chunk, gleaned, at=clock())
            tell(source.line)
    return True


@deed()
def close_import(source: SuppressionImport, *, by: Actor, at: datetime) -> None:
    """Record the totals; an import that was started and has none in the ledger did not come to its end."""
    if not SuppressionImport.objects.filter(pk=source.pk, finished_at=None).update(finished_at=at):
        return
    source.refresh_from_db()
    counts = {"added": source.added, "known": source.known, "rejected": source.rejected}
    facts = {"list": source.list.name, "source": "import", "reference": source.reference, **counts}
    record("suppression.imported", f"list/{source.list.name}", by=by, at=at, facts=facts)


class _Pace:
    """How many lines a transaction takes: fewer where they take long, since others wait meanwhile; and when."""

    def __init__(self) -> None:
        self._lines = CHUNK
        self._ended = 0.0

    def lines(self) -> int:
        return self._lines

    def __enter__(self) -> None:
        """Reading and digesting the next chunk is a breath already, unless it is a small one."""
        time.sleep(max(0, self._ended + BREATH - time.monotonic()))
        self._began = time.monotonic()

    def __exit__(self, *error: object) -> None:
        self._ended = time.monotonic()
        seconds = self._ended - self._began
        if seconds > LONGEST:
            self._lines = max(min(SHORTEST, CHUNK), self._lines // 2)
        elif seconds < LONGEST / 2:
            self._lines = min(CHUNK, self._lines * 2)


@transaction.atomic
def _commit(source: SuppressionImport, chunk: Chunk, gleaned: Gleaned, *, at: datetime) -> None:
    """Write a chunk's entries, rejects and end together. No event: that would lock the ledger, and the row tells it."""
    target = SuppressionList.objects.select_for_update().get(pk=source.list_id)
    until = target.expiry_of_entries(at)
    sheaves = list(gleaned.sheaves.values())
    added = sum(add_entries(sheaf, source, until=until, at=at) for sheaf in sheaves)
    _store_rejects(source, gleaned.refused)
    rows = sum(len(sheaf.rows) for sheaf in sheaves)
    _move(source, chunk, added=added, known=rows - added, rejected=len(gleaned.refused))
    reach(Failpoint.IMPORT_UNCOMMITTED)


def _store_rejects(source: SuppressionImport, refused: list[tuple[int, str]]) -> None:
    room = max(0, MOST_REJECTS - source.rejected)
    ImportReject.objects.bulk_create(
        ImportReject(source_import=source, line=line, reason=reason) for line, reason in refused[:room]
    )


def _move(source: SuppressionImport, chunk: Chunk, *, added: int, known: int, rejected: int) -> None:
    """Move the mark from where this run knows it; raise Overtaken, and undo the chunk, where it has been moved."""
    where = SuppressionImport.objects.filter(
        pk=source.pk, position=source.position, finished_at=None, withdrawn_at=None
    )
    source.position += chunk.size
    source.line = chunk.last
    source.added += added
    source.known += known
    source.rejected += rejected
    counts = {name: getattr(source, name) for name in ("position", "line", "added", "known", "rejected")}
    if not where.update(**counts):
        raise Overtaken(f"{source.reference} is worked on elsewhere, or was withdrawn: nothing was done twice.")


def _same(target: SuppressionList, identifiers: str, measured: Measured) -> SuppressionImport | None:
    """Return an import to go on with, or a finished one that the file could change nothing about any more.

    A file of which lines were refused may be readable by now, and on a list with an expiry it puts ends off.
    """
    same = SuppressionImport.objects.filter(list=target, identifiers=identifiers, file_sha256=measured.sha256)
    usable = Q(finished_at=None)
    if target.entries_expire_after_days is None:
        usable |= Q(rejected=0)
    return same.filter(usable, withdrawn_at=None).order_by(F("finished_at").desc(nulls_last=True), "-pk").first()
