"""Take uploaded files in, in the background: in slices, and on from there after a crash."""

from datetime import datetime, timedelta

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.lifeline import must_stop
from apps.jobs.models import Job
from apps.jobs.services import end_turn, ring_job, take_turn
from apps.privacy.models import DataKey
from apps.privacy.vault import shred_all
from apps.suppression.files import HEAD, find_layout
from apps.suppression.models import SuppressionImport, UploadedPiece
from apps.suppression.streams import buffered
from apps.suppression.uploads import Pieces, SealedUpload, delete_unreadable, discard, forget_pieces_before

from .blocking import ADD
from .importing import Clock, Overtaken, close_import, examine, open_import, take_in

TASK = "apps.suppression.tasks.import_upload"
SLICE = timedelta(seconds=20)
KEEP = timedelta(days=1)


def accept_upload(
    upload: SealedUpload, *, list_name: str, identifiers: str, by: Actor, at: datetime
) -> SuppressionImport:
    """Hand an uploaded file to a worker and return its import; raise UnreadableFile, BadListName or NotAllowed.

    A file that was taken in before, or that a worker is at, is thrown away: its import is returned as it stands.
    """
    try:
        by.require(ADD)
        with buffered(Pieces(upload.key, upload.measured.size)) as file:
            examine(file.peek(HEAD), identifiers)
        source = _accept(upload, list_name=list_name, identifiers=identifiers, by=by, at=at)
    except Exception:
        discard(upload.key, at=at)
        raise
    if source.upload_key != upload.key:
        discard(upload.key, at=at)
    return source


def import_upload(source_id: int, *, clock: Clock) -> None:
    """Work one slice of an uploaded file; its job tells whether lines are left. Safe to run twice at once."""
    source = SuppressionImport.objects.select_related("list", "upload_key", "job__created_by").get(pk=source_id)
    ends_at = clock() + SLICE
    if end := _reason_to_end(source):
        _end(source, end, at=clock())
        return
    try:
        is_at_end = _take_in(source, clock=clock, ends_at=ends_at)
    except Overtaken:
        return  # whoever was faster has moved the mark: the next turn goes on behind it
    if is_at_end:
        _end(source, Job.Status.DONE, at=clock())


@deed()
def stop_import(source: SuppressionImport, *, by: Actor, at: datetime) -> bool:
    """Ask the worker to stop; who was put on the list stays there. False where there was nothing to stop."""
    by.require(ADD)
    jobs = Job.objects.unfinished().filter(pk=source.job_id, stop_requested=False)
    stopped = bool(jobs.update(stop_requested=True))
    if stopped:
        ring_job(Job.objects.get(pk=source.job_id), TASK)
        record("suppression.import_stop_asked", f"list/{source.list.name}", by=by, at=at, facts=_facts(source))
    return stopped


def wake_imports() -> None:
    """Ring for every uploaded file that has lines left; where a worker is at it, the ring changes nothing."""
    for job in Job.objects.unfinished().filter(suppression_imports__isnull=False).order_by("pk"):
        ring_job(job, TASK)


def work_imports(*, clock: Clock) -> int:
    """Work one slice of every uploaded file that no other worker is at; return how many there were."""
    taken = 0
    for source in SuppressionImport.objects.filter(job__in=Job.objects.unfinished()).select_related("job"):
        if take_turn(source.job_id, source.job.turn, at=clock()):
            import_upload(source.pk, clock=clock)
            end_turn(source.job_id)
            taken += 1
    return taken


def discard_old_uploads(*, at: datetime) -> None:
    """Make files unreadable a day after their upload, whatever became of them, and delete what is unreadable."""
    keys = DataKey.objects.filter(created_at__lte=at - KEEP, shredded_at=None)
    old = keys.filter(pk__in=UploadedPiece.objects.filter(number=0).values("key"))
    for source in SuppressionImport.objects.filter(upload_key__in=old, job__in=Job.objects.unfinished()):
        _end(source, Job.Status.FAILED, at=at)
    shred_all(old, at=at)
    delete_unreadable()


@deed()
def _accept(upload: SealedUpload, *, list_name: str, identifiers: str, by: Actor, at: datetime) -> SuppressionImport:
    source = open_import(upload.measured, list_name=list_name, identifiers=identifiers, by=by, at=at)
    if source.finished_at or (source.job and source.job.is_open):
        return source
    job = Job.objects.create(
        kind="suppression.import", total=upload.measured.lines, done=source.line, created_by=by.user, created_at=at
    )
    source.job, source.upload_key = job, upload.key
    source.save(update_fields=["job", "upload_key"])
    ring_job(job, TASK)
    return source


def _take_in(source: SuppressionImport, *, clock: Clock, ends_at: datetime) -> bool:
    def go_on() -> bool:
        unstopped = Job.objects.unfinished().filter(pk=source.job_id, stop_requested=False)
        return clock() < ends_at and not must_stop() and unstopped.exists()

    def tell(line: int) -> None:
        Job.objects.unfinished().filter(pk=source.job_id).update(done=line, status=Job.Status.RUNNING)
        forget_pieces_before(source.upload_key, source.position)

    with buffered(Pieces(source.upload_key, source.size)) as file:
        layout = find_layout(file.peek(HEAD), source.identifiers)
        return take_in(source, file, layout, clock=clock, tell=tell, go_on=go_on)


def _reason_to_end(source: SuppressionImport) -> str:
    if source.job.stop_requested:
        return Job.Status.STOPPED
    if source.withdrawn_at or not source.job.created_by.has_perm(ADD):
        return Job.Status.FAILED
    return Job.Status.DONE if source.finished_at else ""


def _end(source: SuppressionImport, status: str, *, at: datetime) -> None:
    _close(source, status, at=at)
    discard(source.upload_key, at=at)


@deed()
def _close(source: SuppressionImport, status: str, *, at: datetime) -> None:
    if not Job.objects.unfinished().filter(pk=source.job_id).update(status=status, finished_at=at):
        return
    by = Actor.page(source.job.created_by)
    if status == Job.Status.DONE:
        close_import(source, by=by, at=at)
    else:
        facts = {**_facts(source), "line": source.line, "end": str(status)}
        record("suppression.import_broken_off", f"list/{source.list.name}", by=by, at=at, facts=facts)


def _facts(source: SuppressionImport) -> dict[str, str]:
    return {"reference": source.reference}
