"""How far an import is, in plain values."""

from dataclasses import dataclass
from datetime import datetime

from apps.jobs.models import Job
from apps.jobs.selectors import next_turn_at

from .models import SuppressionImport

MOST_SHOWN = 200
_AGAIN = "Who was put on the list stays there; import the same file again to go on where it stopped."


@dataclass(frozen=True)
class ImportProgress:
    """One import: how much of its file was read, what became of the lines, and what happens next."""

    source: SuppressionImport
    state: str
    tone: str
    next: str
    is_open: bool
    is_stopping: bool
    rejects: tuple[tuple[int, str], ...]

    @property
    def percent(self) -> int:
        if self.source.finished_at:
            return 100
        return 100 * self.source.position // self.source.size if self.source.size else 0

    @property
    def rejects_left_out(self) -> int:
        return max(0, self.source.rejected - len(self.rejects))


def progress_of(pk: int) -> ImportProgress | None:
    """Return how far an import is; None where there is none."""
    source = SuppressionImport.objects.select_related("list", "job", "started_by").filter(pk=pk).first()
    if source is None:
        return None
    tone, state = state_of(source)
    is_open = bool(source.job and source.job.is_open)
    return ImportProgress(
        source=source,
        state=state,
        tone=tone,
        next=_next_sentence(source),
        is_open=is_open,
        is_stopping=is_open and source.job.stop_requested,
        rejects=tuple(source.rejects.order_by("line", "pk").values_list("line", "reason")[:MOST_SHOWN]),
    )


def state_of(source: SuppressionImport) -> tuple[str, str]:
    """Return the tone of an import and its state in words; needs ``job`` loaded."""
    if source.withdrawn_at:
        return "warn", "Withdrawn"
    if source.finished_at:
        return ("warn", "Nothing added") if source.rejected and not source.added else ("good", "Done")
    if source.job is None:
        return "busy", "Begun by a command"
    return source.job.tone, source.job.get_status_display()


def next_import_at() -> datetime | None:
    """Return when a worker may next go on with an uploaded file; None where none has lines left."""
    unfinished = Job.objects.unfinished().filter(suppression_imports__isnull=False)
    return next_turn_at(unfinished)


def _next_sentence(source: SuppressionImport) -> str:
    if source.withdrawn_at:
        return "This import was withdrawn: who nothing else holds on the list was lifted."
    if source.finished_at:
        return (
            f"Every line was read: {source.added:,} added, {source.known:,} known before, {source.rejected:,} refused."
        )
    if source.job is None:
        return f"{source.line:,} lines are done. If the command was killed, the same file again goes on from there."
    return {
        Job.Status.QUEUED: "A worker takes this file next. It goes on without this page.",
        Job.Status.RUNNING: f"{source.line:,} of {source.job.total:,} lines. It goes on without this page.",
        Job.Status.STOPPED: f"Stopped after {source.line:,} lines. {_AGAIN}",
        Job.Status.FAILED: f"Ended after {source.line:,} lines: {_why_it_ended(source.job)}. {_AGAIN}",
    }.get(Job.Status(source.job.status), "")


def _why_it_ended(job: Job) -> str:
    if job.error_id:
        return f"it failed again and again, the log tells where under error id {job.error_id}"
    return "its uploader lost the right to add entries, or it waited for more than a day"
