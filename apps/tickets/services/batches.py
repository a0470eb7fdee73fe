"""Open tickets from a file, in chunks that each commit whole; a crash loses nothing and doubles nothing."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.lifeline import must_stop
from apps.jobs.models import Job
from apps.jobs.services import end_turn, ring_job, take_turn
from apps.privacy.cells import plain_cell
from apps.privacy.digests import digests
from apps.privacy.identifiers import InvalidIdentifier
from apps.privacy.vault import new_key, seal, shred, unseal
from apps.tickets.errors import TicketError
from apps.tickets.models import RejectedRow, TicketBatch, TicketIdentifier
from apps.tickets.models.ticket import IdentityBasis
from apps.tickets.rows import Row, read_rows
from apps.tickets.states import TicketStatus

from .opening import create_ticket, wake_lanes

BATCH_TASK = "apps.tickets.tasks.open_batch"
CHUNK = 100
BREATH = 0.1  # seconds between chunks: a writer that waits for an SQLite file looks again that often, and gets its turn
SLICE = timedelta(seconds=20)

Clock = Callable[[], datetime]


@deed()
def accept_file(text: str, *, identity_basis: str, by: Actor, at: datetime) -> TicketBatch:
    """Keep an uploaded file sealed and ring for a worker to open it; raises FileError for a wrong header."""
    by.require("tickets.add_deletionticket")
    rows = sum(1 for _ in read_rows(text, identity_basis=identity_basis))
    job = Job.objects.create(kind="tickets.open", total=rows, created_by=by.user, created_at=at)
    key = new_key(at)
    batch = TicketBatch.objects.create(
        job=job,
        opened_by=by.user,
        opened_at=at,
        identity_basis=identity_basis,
        rows=rows,
        key=key,
        source=seal(key, text, name="batch.source"),
    )
    record("batch.accepted", f"batch/{batch.pk}", by=by, at=at, facts={"rows": rows})
    ring_job(job, BATCH_TASK)
    return batch


def open_batch(batch_id: int, *, clock: Clock) -> None:
    """Work one slice of an uploaded file; its job tells whether rows are left. Safe to run twice at once."""
    ends_at = clock() + SLICE
    source = _Source(TicketBatch.objects.select_related("key", "opened_by").get(pk=batch_id))
    while _open_chunk(source, clock=clock):
        if clock() >= ends_at or must_stop():
            return
        time.sleep(BREATH)


def open_rows(
    rows: Iterable[Row], *, by: Actor, clock: Clock, batch: TicketBatch, tell: Callable[[int], None]
) -> list[Row]:
    """Open the good rows in order, in committed chunks, and return the bad ones; ``tell`` gets the rows done so far."""
    rejected: list[Row] = []
    done = 0
    for chunk in _chunks(rows):
        with deed():
            rejected += _open_each(chunk, by=by, at=clock(), batch=batch)
        done += len(chunk)
        tell(done)
    return rejected


@deed()
def start_command_batch(*, rows: int, identity_basis: str, by: Actor, at: datetime) -> TicketBatch:
    """Make the batch that tickets opened by a command belong to; it keeps no copy of the file."""
    by.require("tickets.add_deletionticket")
    batch = TicketBatch.objects.create(opened_by=by.user, opened_at=at, identity_basis=identity_basis, rows=rows)
    record("batch.accepted", f"batch/{batch.pk}", by=by, at=at, facts={"rows": rows})
    return batch


@deed()
def rejects_file(batch: TicketBatch, *, by: Actor, at: datetime) -> list[list[str]]:
    """Return line, reason and the row itself for every reject, header first, safe to open in a spreadsheet.

    The download is an event. Raises Shredded once the file is older than FILE_DAYS.
    """
    by.require("tickets.add_deletionticket")
    record("batch.rejects_exported", f"batch/{batch.pk}", by=by, at=at)
    rows = [
        [str(reject.line), reject.reason, *map(plain_cell, _cells(batch, reject))]
        for reject in batch.rejects.order_by("line")
    ]
    return [["line", "reason"], *rows]


@deed()
def stop_batch(batch: TicketBatch, *, by: Actor, at: datetime) -> bool:
    """Ask the worker to open no further rows; what is open stays open. False where there was nothing to stop."""
    by.require("tickets.add_deletionticket")
    jobs = Job.objects.unfinished().filter(pk=batch.job_id, stop_requested=False)
    stopped = bool(jobs.update(stop_requested=True))
    if stopped:
        ring_job(Job.objects.get(pk=batch.job_id), BATCH_TASK)
        record("batch.stop_requested", f"batch/{batch.pk}", by=by, at=at)
    return stopped


@deed()
def shred_old_files(*, at: datetime) -> None:
    """Make uploaded files and their rejected rows unreadable after FILE_DAYS."""
    old = TicketBatch.objects.filter(opened_at__lte=at - timedelta(days=settings.FILE_DAYS), key__shredded_at=None)
    for batch in old.exclude(key=None).select_related("key"):
        shred(batch.key, at=at)
        Job.objects.unfinished().filter(pk=batch.job_id).update(status=Job.Status.FAILED, finished_at=at)
        TicketBatch.objects.filter(pk=batch.pk).update(source=None)
        record("batch.shredded", f"batch/{batch.pk}", by=Actor.worker(), at=at)


def wake_open_batches() -> None:
    """Ring for every file that still has rows to open; where a worker is at it, the ring changes nothing."""
    for job in Job.objects.unfinished().filter(ticket_batch__isnull=False).order_by("pk"):
        ring_job(job, BATCH_TASK)


def work_open_batches(*, clock: Clock) -> int:
    """Work one slice of every file that no other worker is at; return how many there were."""
    taken = 0
    for batch in TicketBatch.objects.filter(job__in=Job.objects.unfinished()).select_related("job").order_by("pk"):
        if take_turn(batch.job_id, batch.job.turn, at=clock()):
            open_batch(batch.pk, clock=clock)
            end_turn(batch.job_id)
            taken += 1
    return taken


class _Source:
    """The rows of a sealed file, unsealed and read once a slice however many chunks it takes."""

    def __init__(self, batch: TicketBatch):
        self.batch = batch
        self._position = -1
        self._rows: Iterator[Row] = iter(())

    def chunk_from(self, position: int) -> list[Row]:
        """Return the next rows after those done; starts over where another worker has moved the mark."""
        if position != self._position:
            text = unseal(self.batch.key, self.batch.source, name="batch.source")
            self._rows = islice(read_rows(text, identity_basis=self.batch.identity_basis), position, None)
        chunk = list(islice(self._rows, CHUNK))
        self._position = position + len(chunk)
        return chunk


@deed()
def _open_chunk(source: _Source, *, clock: Clock) -> bool:
    """Open the next rows and move the mark in the same commit; the lock on the job keeps two workers apart."""
    batch, by = source.batch, Actor.page(source.batch.opened_by)
    job = Job.objects.select_for_update().get(pk=batch.job_id)
    if not job.is_open:
        return False
    end = _reason_to_end(batch, job)
    rows = [] if end else source.chunk_from(job.done)
    rejected = _open_each(rows, by=by, at=clock(), batch=batch)
    RejectedRow.objects.bulk_create([_reject(batch, row) for row in rejected])
    Job.objects.filter(pk=job.pk).update(done=job.done + len(rows), status=Job.Status.RUNNING)
    if not rows:
        _finish(batch, end or Job.Status.DONE, by=by, at=clock())
    return bool(rows)


def _reason_to_end(batch: TicketBatch, job: Job) -> str:
    if job.stop_requested:
        return Job.Status.STOPPED
    return "" if batch.opened_by.has_perm("tickets.add_deletionticket") else Job.Status.FAILED


def _finish(batch: TicketBatch, status: str, *, by: Actor, at: datetime) -> None:
    Job.objects.filter(pk=batch.job_id).update(status=status, finished_at=at)
    TicketBatch.objects.filter(pk=batch.pk).update(source=None)
    facts = {"opened": batch.tickets.count(), "rejected": batch.rejects.count(), "end": status}
    record("batch.opened", f"batch/{batch.pk}", by=by, at=at, facts=facts)


def _open_each(rows: Iterable[Row], *, by: Actor, at: datetime, batch: TicketBatch) -> list[Row]:
    rejected = []
    for row in rows:
        reason = row.reason or _open_row(row, by=by, at=at, batch=batch)
        if reason:
            rejected.append(Row(row.line, row.cells, reason=reason))
    wake_lanes()
    return rejected


def _open_row(row: Row, *, by: Actor, at: datetime, batch: TicketBatch) -> str:
    """Open one row and return "", or return why not; create_ticket's own savepoint leaves nothing behind."""
    try:
        _refuse_second_ticket(row)
        create_ticket(row.request, by=by, at=at, batch=batch)
    except (TicketError, InvalidIdentifier) as error:
        return str(error)
    return ""


def _refuse_second_ticket(row: Row) -> None:
    """Refuse a person who has an open ticket: it makes a file safe to open again after a crash.

    A ticket that waits for identity covers only rows that wait for it too: a stranger must not block a known person.
    """
    wanted = [keyed.value for pair in row.request.identifiers.items() for keyed in digests(*pair)]
    others = TicketIdentifier.objects.filter(digest__in=wanted, ticket__closed_at=None)
    if row.request.identity_basis != IdentityBasis.ASKED:
        others = others.exclude(ticket__status=TicketStatus.AWAITING_IDENTITY)
    covering = others.order_by("ticket_id", "kind").values_list("ticket__reference", "kind").first()
    if covering:
        raise TicketError(f"{covering[0]} is open for the same {covering[1]} already.")


def _reject(batch: TicketBatch, row: Row) -> RejectedRow:
    sealed = seal(batch.key, json.dumps(row.cells), name=_row_name(row.line))
    return RejectedRow(batch=batch, line=row.line, reason=row.reason[:200], row=sealed)


def _cells(batch: TicketBatch, reject: RejectedRow) -> list[str]:
    return json.loads(unseal(batch.key, reject.row, name=_row_name(reject.line)))


def _row_name(line: int) -> str:
    return f"batch.row|{line}"


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
