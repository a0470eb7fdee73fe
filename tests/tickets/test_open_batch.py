import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.actors import Actor, NotAllowed
from apps.jobs.models import Job
from apps.jobs.tasks import run_turn
from apps.privacy.vault import unseal
from apps.tickets.csv_lines import FileError
from apps.tickets.models import DeletionTicket
from apps.tickets.rows import read_rows
from apps.tickets.selectors.batches import progress_of
from apps.tickets.services import batches
from apps.tickets.services.working import work_until_idle
from apps.vendors.models import VendorAccount
from tests.constants import NOW

from .builders import rotate_peppers
from .desk import actions, opened_by, sync

FILE = "email,country\nann@example.org,DE\nnot an address,FR\nbea@example.org,Peru\ncem@example.org,TR\n"


def test_good_rows_open_and_bad_ones_are_kept_with_line_and_reason(alice):
    sync()
    batch = _accept(FILE, alice)

    batches.open_batch(batch.pk, clock=_clock)

    batch.refresh_from_db()
    assert batch.tickets.count() == 2
    assert [(reject.line, reject.reason[:20]) for reject in batch.rejects.order_by("line")] == [
        (3, "An e-mail address ha"),
        (4, "country is no code o"),
    ]
    assert (batch.job.status, batch.job.done, batch.job.total) == (Job.Status.DONE, 4, 4)
    assert batch.source is None
    assert actions("batch") == ["batch.accepted", "batch.opened"]


def test_a_crash_between_two_chunks_loses_nothing_and_doubles_nothing(alice, monkeypatch):
    sync()
    monkeypatch.setattr(batches, "CHUNK", 2)
    text = "email\n" + "".join(f"p{number}@example.org\n" for number in range(5))
    batch = _accept(text, alice)

    batches.open_batch(batch.pk, clock=_clock_that_breaks_after(2))
    half = batch.tickets.count()
    batches.open_batch(batch.pk, clock=_clock)
    batches.open_batch(batch.pk, clock=_clock)

    assert 0 < half < 5
    assert DeletionTicket.objects.count() == 5


def test_a_row_is_refused_for_an_open_ticket_of_before_a_new_pepper(alice, settings):
    sync()
    ticket = opened_by(alice)
    rotate_peppers(settings)
    batch = _accept("email\nAnn@Example.org\n", alice)

    batches.open_batch(batch.pk, clock=_clock)

    assert batch.rejects.get().reason == f"{ticket.reference} is open for the same email already."


def test_rings_that_pile_up_open_one_slice_at_a_time(alice, monkeypatch):
    sync()
    monkeypatch.setattr(batches, "CHUNK", 2)
    monkeypatch.setattr(batches, "SLICE", timedelta(0))
    batch = _accept("email\n" + "".join(f"p{number}@example.org\n" for number in range(5)), alice)

    for _ in range(3):
        run_turn(batches.BATCH_TASK, batch.job_id, 0)

    assert batch.tickets.count() == 2


def test_work_opens_what_was_uploaded(alice):
    sync()
    batch = _accept(FILE, alice)
    VendorAccount.objects.update(paused_at=NOW, pause_code=VendorAccount.Pause.BY_HAND)

    work_until_idle(clock=_clock)

    assert batch.tickets.count() == 2


def test_following_a_file_never_reads_it(alice):
    batch = _accept(FILE, alice)

    with CaptureQueriesContext(connection) as queries:
        progress_of(batch.pk)

    assert not [query["sql"] for query in queries if '"source"' in query["sql"]]


def test_the_same_file_again_opens_nobody_twice(alice):
    sync()
    opened_by(alice, email="ANN@example.org")
    batch = _accept("email\nann@example.org\nbea@example.org\n", alice)

    batches.open_batch(batch.pk, clock=_clock)

    reject = batch.rejects.get()
    assert "DEL-2026-000001 is open for the same email" in reject.reason
    assert json.loads(unseal(batch.key, reject.row, name="batch.row|2")) == ["ann@example.org"]


@pytest.mark.parametrize(("basis", "opened"), [("asked", 0), ("elsewhere", 1)])
def test_a_ticket_that_waits_for_identity_covers_only_rows_that_wait_too(alice, basis, opened):
    sync()
    opened_by(alice, email="ann@example.org", basis="asked")
    batch = _accept(f"email,identity_basis\nann@example.org,{basis}\n", alice)

    batches.open_batch(batch.pk, clock=_clock)

    assert batch.tickets.count() == opened


def test_a_file_with_a_wrong_header_is_refused_before_anything_is_kept(alice):
    with pytest.raises(FileError, match="unknown column"):
        _accept("mail\nann@example.org\n", alice)

    assert not Job.objects.exists()


def test_it_needs_the_right(carol):
    with pytest.raises(NotAllowed):
        _accept(FILE, carol)


def test_a_command_keeps_no_copy_of_the_people(alice):
    sync()
    by = Actor.command(alice)
    batch = batches.start_command_batch(rows=4, identity_basis="elsewhere", by=by, at=NOW)

    told: list[int] = []
    rejected = batches.open_rows(read_rows(FILE), by=by, clock=_clock, batch=batch, tell=told.append)

    assert [row.line for row in rejected] == [3, 4]
    assert told == [4]
    assert (batch.source, batch.rejects.count(), batch.tickets.count()) == (None, 0, 2)


def test_uploads_become_unreadable_after_some_days(alice, settings):
    sync()
    batch = _accept(FILE, alice)
    batches.open_batch(batch.pk, clock=_clock)

    batches.shred_old_files(at=NOW + timedelta(days=settings.FILE_DAYS))

    batch.key.refresh_from_db()
    assert batch.key.wrapped is None
    assert actions("batch")[-1] == "batch.shredded"


def _accept(text: str, user):
    return batches.accept_file(text, identity_basis="elsewhere", by=Actor.page(user), at=NOW)


def _clock():
    return NOW


def _clock_that_breaks_after(calls: int):
    """Stand in for a worker whose slice ends: the clock jumps once it was read ``calls`` times."""
    moments = iter([NOW] * calls)
    return lambda: next(moments, NOW + timedelta(hours=1))
