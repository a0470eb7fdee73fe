"""Open tickets from a file, in chunks that each commit whole; a crash loses nothing and doubles nothing."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.jobs.models import Job
from apps.jobs.services import ring
from apps.privacy.identifiers import InvalidIdentifier
from apps.privacy.vault import new_key, seal, shred, unseal
from apps.tickets.errors import TicketError
from apps.tickets.models import RejectedRow, TicketBatch
from apps.tickets.rows import Row, read_rows
from apps.tickets.selectors.identifiers import tickets_about
from apps.tickets.states import TicketStatus

from .opening import create_ticket, wake_lanes

BATCH_TASK = "apps.tickets.tasks.open_batch"
CHUNK = 100
SLICE = timedelta(seconds=20)

Clock = Callable[[], datetime]


@transaction.atomic
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
    ring(BATCH_TASK, batch.pk)
    return batch


def open_batch(batch_id: int, *, clock: Clock) -> None:
    """Work one slice of an uploaded file and ring again where rows are left; safe to run twice at once."""
    ends_at = clock() + SLICE
    while _open_chunk(batch_id, clock=clock):
        if clock() >= ends_at:
            ring(BATCH_TASK, batch_id)
            return


def open_rows(
    rows: Iterable[Row], *, by: Actor, clock: Clock, batch: TicketBatch, tell: Callable[[int], None]
) -> list[Row]:
    """Open the good rows in order, in committed chunks, and return the bad ones; ``tell`` gets the rows done so far."""
    rejected: list[Row] = []
    done = 0
    for chunk in _chunks(rows):
        with transaction.atomic():
            rejected += _open_each(chunk, by=by, at=clock(), batch=batch)
        done += len(chunk)
        tell(done)
    return rejected


@transaction.atomic
def start_command_batch(*, rows: int, identity_basis: str, by: Actor, at: datetime) -> TicketBatch:
    """Make the batch that tickets opened by a command belong to; it keeps no copy of the file."""
    by.require("tickets.add_deletionticket")
    batch = TicketBatch.objects.create(opened_by=by.user, opened_at=at, identity_basis=identity_basis, rows=rows)
    record("batch.accepted", f"batch/{batch.pk}", by=by, at=at, facts={"rows": rows})
    return batch


@transaction.atomic
def rejects_file(batch: TicketBatch, *, by: Actor, at: datetime) -> list[list[str]]:
    """Return line, reason and the row itself for every reject, header first; the download is an event."""
    by.require("tickets.add_deletionticket")
    record("batch.rejects_exported", f"batch/{batch.pk}", by=by, at=at)
    rows = [
        [str(reject.line), reject.reason, *json.loads(unseal(batch.key, reject.row, name=_row_name(reject.line)))]
        for reject in batch.rejects.order_by("line")
    ]
    return [["line", "reason"], *rows]


@transaction.atomic
def shred_old_files(*, at: datetime) -> None:
    """Make uploaded files and their rejected rows unreadable after FILE_DAYS."""
    old = TicketBatch.objects.filter(opened_at__lte=at - timedelta(days=settings.FILE_DAYS), key__shredded_at=None)
    for batch in old.exclude(key=None).select_related("key"):
        shred(batch.key, at=at)
        TicketBatch.objects.filter(pk=batch.pk).update(source=None)
        record("batch.shredded", f"batch/{batch.pk}", by=Actor.worker(), at=at)


def wake_open_batches() -> None:
    """Ring for every file that still has rows to open."""
    open_jobs = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    for batch_id in TicketBatch.objects.filter(job__in=open_jobs).values_list("pk", flat=True):
        ring(BATCH_TASK, batch_id)


@transaction.atomic
def _open_chunk(batch_id: int, *, clock: Clock) -> bool:
    """Open the next rows and move the mark in the same commit; the lock on the job keeps two workers apart."""
    batch = TicketBatch.objects.select_related("key", "opened_by").get(pk=batch_id)
    job = Job.objects.select_for_update().get(pk=batch.job_id)
    if not job.is_open:
        return False
    text = unseal(batch.key, batch.source, name="batch.source")
    rows = list(islice(read_rows(text, identity_basis=batch.identity_basis), job.done, job.done + CHUNK))
    rejected = _open_each(rows, by=Actor.page(batch.opened_by), at=clock(), batch=batch)
    RejectedRow.objects.bulk_create([_reject(batch, row) for row in rejected])
    finished = job.stop_requested or not rows
    Job.objects.filter(pk=job.pk).update(done=job.done + len(rows), status=_status(job, finished=finished))
    if finished:
        _finish(batch, job, at=clock())
    return not finished


def _status(job: Job, *, finished: bool) -> str:
    if not finished:
        return Job.Status.RUNNING
    return Job.Status.STOPPED if job.stop_requested else Job.Status.DONE


def _finish(batch: TicketBatch, job: Job, *, at: datetime) -> None:
    Job.objects.filter(pk=job.pk).update(finished_at=at)
    TicketBatch.objects.filter(pk=batch.pk).update(source=None)
    facts = {"opened": batch.tickets.count(), "rejected": batch.rejects.count()}
    record("batch.opened", f"batch/{batch.pk}", by=Actor.page(batch.opened_by), at=at, facts=facts)


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
    """Refuse a person who has an open, verified ticket: it makes a file safe to open again after a crash."""
    for kind, value in row.request.identifiers.items():
        others = tickets_about(kind, value).open().exclude(status=TicketStatus.AWAITING_IDENTITY)
        covering = others.order_by("pk").values_list("reference", flat=True).first()
        if covering:
            raise TicketError(f"{covering} is open for the same {kind} already.")


def _reject(batch: TicketBatch, row: Row) -> RejectedRow:
    sealed = seal(batch.key, json.dumps(row.cells), name=_row_name(row.line))
    return RejectedRow(batch=batch, line=row.line, reason=row.reason[:200], row=sealed)


def _row_name(line: int) -> str:
    return f"batch.row|{line}"


def _chunks(rows: Iterable[Row]) -> Iterable[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
