"""How far an uploaded file is, in plain values."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.jobs.models import Job
from apps.jobs.selectors import next_turn_at
from apps.tickets.models import DeletionTicket, RejectedRow, TicketBatch
from apps.tickets.models.ticket import IdentityBasis

MOST_SHOWN = 200


@dataclass(frozen=True)
class Reject:
    line: int
    reason: str


@dataclass(frozen=True)
class Progress:
    """One file: what was opened, what was rejected and why, and what happens next."""

    pk: int
    opened_at: datetime
    opened_by: str
    identity_basis: str
    total: int
    done: int
    opened: int
    rejected: int
    state: str
    tone: str
    next: str
    is_open: bool
    is_stopping: bool
    is_readable: bool
    rejects: tuple[Reject, ...]

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100

    @property
    def rejects_left_out(self) -> int:
        return max(0, self.rejected - len(self.rejects))


def next_batch_at() -> datetime | None:
    """Return when a worker may next go on with a file; None where no file has rows left."""
    unfinished = Job.objects.unfinished().filter(ticket_batch__isnull=False)
    return next_turn_at(unfinished)


def with_counts(batches: QuerySet[TicketBatch]) -> QuerySet[TicketBatch]:
    """Add ``opened`` and ``rejected`` to each batch, counted apart so that neither multiplies the other.

    The sealed file stays in the database: a page that asks every other second shall not read megabytes.
    """
    return batches.defer("source").annotate(opened=_count(DeletionTicket), rejected=_count(RejectedRow))


def progress_of(pk: int) -> Progress | None:
    """Return how far a file is; None where there is no such file."""
    batch = with_counts(TicketBatch.objects.select_related("job", "key", "opened_by").filter(pk=pk)).first()
    return _progress(batch) if batch else None


def state_of(batch: TicketBatch) -> tuple[str, str]:
    """Return the tone of a batch and its state in words; needs ``job`` loaded."""
    if batch.job is None:
        return "good", "Opened by command"
    return batch.job.tone, batch.job.get_status_display()


def _count(model: type[DeletionTicket] | type[RejectedRow]) -> Coalesce:
    rows = model.objects.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


def _progress(batch: TicketBatch) -> Progress:
    job = batch.job or Job(status=Job.Status.DONE, total=batch.rows, done=batch.rows)
    tone, state = state_of(batch)
    shown = batch.rejects.order_by("line").values_list("line", "reason")[:MOST_SHOWN]
    return Progress(
        pk=batch.pk,
        opened_at=batch.opened_at,
        opened_by=batch.opened_by.get_username(),
        identity_basis=IdentityBasis(batch.identity_basis).label,
        total=job.total,
        done=job.done,
        opened=batch.opened,
        rejected=batch.rejected if batch.job else batch.rows - batch.opened,
        state=state,
        tone=tone,
        next=_next_sentence(batch, job),
        is_open=job.is_open,
        is_stopping=job.is_open and job.stop_requested,
        is_readable=bool(batch.key and batch.key.wrapped),
        rejects=tuple(Reject(*row) for row in shown),
    )


def _next_sentence(batch: TicketBatch, job: Job) -> str:
    done = f"{job.done:,} of {job.total:,} rows"
    return {
        Job.Status.QUEUED: "A worker takes this file next. It goes on without this page.",
        Job.Status.RUNNING: f"Opening tickets: {done}. It goes on without this page.",
        Job.Status.STOPPED: f"Stopped after {done}. What is open stays open; upload the other rows as a new file.",
        Job.Status.FAILED: f"Ended after {done}: {_why_it_ended(job)}. Upload the other rows as a new file.",
        Job.Status.DONE: f"Every row was read: {batch.opened:,} opened, {batch.rejected:,} rejected.",
    }[Job.Status(job.status)]


def _why_it_ended(job: Job) -> str:
    if job.error_id:
        return f"it failed again and again, the log tells where under error id {job.error_id}"
    return "its uploader lost the right to open tickets, or it waited until it was shredded"
