"""A file of any size: sealed while it arrives, taken in by a worker in slices, and gone afterwards."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.jobs.models import Job
from apps.jobs.tasks import run_turn
from apps.privacy.failpoints import Action, Failpoint, FailpointReached, Trap, arm
from apps.privacy.models import DataKey
from apps.suppression import uploads
from apps.suppression.models import SuppressionEntry, SuppressionImport, SuppressionList, UploadedPiece
from apps.suppression.selectors import blocks
from apps.suppression.services import discard_old_uploads, importing, uploading, work_imports
from apps.suppression.uploads import SealingHandler
from tests.constants import NOW

IMPORT = reverse("admin:suppression_import")

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(uploads, "PIECE", 1_000)
    monkeypatch.setattr(importing, "CHUNK", 100)


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    return client


class Ticking:
    """A clock on which each look takes some seconds, so that a slice holds a few chunks only."""

    def __init__(self, seconds: int):
        self._now = NOW
        self._seconds = seconds

    def __call__(self):
        self._now += timedelta(seconds=self._seconds)
        return self._now


def people(count: int) -> bytes:
    return b"email\n" + b"".join(b"person%d@example.org\n" % number for number in range(count))


def upload(client, content: bytes, list_name: str = "old", identifiers: str = "email", **extra):
    file = SimpleUploadedFile("people.csv", content)
    return client.post(IMPORT, {"file": file, "list_name": list_name, "identifiers": identifiers, **extra})


def work(seconds: int = 0) -> None:
    clock = Ticking(seconds)
    while work_imports(clock=clock):
        pass


def page_of(client, source: SuppressionImport) -> str:
    return client.get(reverse("admin:suppression_suppressionimport_change", args=[source.pk])).text


def nothing_is_left() -> bool:
    return not UploadedPiece.objects.exists() and not DataKey.objects.filter(shredded_at=None).exists()


def test_a_worker_takes_the_file_in_and_the_page_tells_how_far_it_is(browser):
    answer = upload(browser, people(3) + b"nonsense\n")
    source = SuppressionImport.objects.get()
    before = page_of(browser, source)
    work()
    after = page_of(browser, source)

    assert answer.url == reverse("admin:suppression_suppressionimport_change", args=[source.pk])
    assert "A worker takes this file next" in before
    assert "data-live" in before
    assert "3 added, 0 known before, 1 refused" in after
    assert "An e-mail address has one @" in after
    assert "data-live" not in after
    assert blocks("email", "person2@example.org", NOW)
    assert nothing_is_left()


def test_a_file_whose_every_line_is_refused_makes_nothing(browser):
    answer = upload(browser, b"sha256\n" + b"0" * 64 + b"\n")

    assert "This looks like email_sha256" in answer.text
    assert not SuppressionList.objects.exists()
    assert not SuppressionImport.objects.exists()
    assert nothing_is_left()


def test_an_import_that_added_nobody_and_refused_lines_is_not_shown_as_good(browser):
    upload(browser, people(2))
    work()
    good = page_of(browser, SuppressionImport.objects.get())
    upload(browser, people(2) + b"nonsense\n")
    work()
    page = page_of(browser, SuppressionImport.objects.latest("pk"))

    assert "0 added, 2 known before, 1 refused" in page
    assert "cc-chip--good" in good
    assert "cc-chip--good" not in page
    assert "Nothing added" in page


def test_the_file_lies_in_clear_nowhere_while_it_waits(browser, small):
    upload(browser, people(200))

    pieces = [bytes(piece.sealed) for piece in UploadedPiece.objects.all()]

    assert len(pieces) == len(people(200)) // 1_000 + 1
    assert not any(b"@example" in piece for piece in pieces)
    assert "people.csv" not in str(list(SuppressionImport.objects.values()))


def test_pieces_go_as_they_are_done_and_a_slice_ends_in_time(browser, small):
    upload(browser, people(1_000))
    whole = UploadedPiece.objects.count()

    work_imports(clock=Ticking(4))
    source = SuppressionImport.objects.get()
    first = (source.added, UploadedPiece.objects.count())
    work(4)
    source.refresh_from_db()

    assert 0 < first[0] < 1_000
    assert first[1] < whole
    assert (source.added, source.line, source.position) == (1_000, 1_001, len(people(1_000)))
    assert SuppressionEntry.objects.count() == 1_000
    assert nothing_is_left()


def test_a_worker_that_broke_off_changes_nothing(browser, small):
    upload(browser, people(1_000))
    arm(Trap(Failpoint.IMPORT_UNCOMMITTED, 3, Action.RAISE))

    with pytest.raises(FailpointReached):
        work_imports(clock=lambda: NOW)
    arm(None)
    half = SuppressionEntry.objects.count()
    while work_imports(clock=lambda: NOW + timedelta(minutes=5)):
        pass

    assert half == 199  # a line of the first chunk names the column
    assert SuppressionEntry.objects.count() == SuppressionImport.objects.get().added == 1_000


def test_stopping_keeps_what_was_done_and_the_same_file_goes_on(browser, small):
    upload(browser, people(1_000))
    source = SuppressionImport.objects.get()
    work_imports(clock=Ticking(4))
    browser.post(reverse("admin:suppression_suppressionimport_stop", args=[source.pk]))
    work()
    stopped = page_of(browser, source)
    kept = SuppressionEntry.objects.count()
    left = nothing_is_left()
    upload(browser, people(1_000))
    work()

    assert "Stopped after" in stopped
    assert 0 < kept < 1_000
    assert left
    assert SuppressionEntry.objects.count() == SuppressionImport.objects.get().added == 1_000
    assert [event.action for event in AuditEvent.objects.order_by("seq")] == [
        "suppression.import_started",
        "suppression.import_stop_asked",
        "suppression.import_broken_off",
        "suppression.imported",
    ]


def test_the_same_file_again_leads_to_its_page(browser):
    first = upload(browser, people(2))
    waiting = upload(browser, people(2))
    work()
    done = upload(browser, people(2))

    assert first.url == waiting.url == done.url
    assert Job.objects.count() == 1
    assert nothing_is_left()


def test_a_file_waits_for_a_day_at_most(browser):
    upload(browser, people(2))
    DataKey.objects.update(created_at=NOW - timedelta(days=1))

    discard_old_uploads(at=NOW)

    source = SuppressionImport.objects.get()
    assert Job.objects.get().status == "failed"
    assert "waited for more than a day" in page_of(browser, source)
    assert AuditEvent.objects.last().action == "suppression.import_broken_off"
    assert nothing_is_left()


def test_a_file_without_a_form_is_gone_after_a_day_and_a_younger_one_stays(alice, client):
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(alice)
    stranger.get(IMPORT)
    answer = upload(stranger, people(2), csrfmiddlewaretoken="x" * 64)
    old = DataKey.objects.get()
    DataKey.objects.update(created_at=NOW - timedelta(days=1))
    client.force_login(alice)
    upload(client, people(3))
    DataKey.objects.exclude(pk=old.pk).update(created_at=NOW)

    discard_old_uploads(at=NOW)

    assert answer.status_code == 403
    assert not SuppressionImport.objects.filter(size=len(people(2))).exists()
    assert DataKey.objects.get(shredded_at=None) != old


def test_the_form_proves_where_it_comes_from(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    form = browser.get(IMPORT)
    token = form.context["csrf_token"]

    assert upload(browser, people(2), csrfmiddlewaretoken=token).status_code == 302


def test_an_upload_that_breaks_off_leaves_nothing_readable(rf):
    handler = SealingHandler(rf.post(IMPORT), at=NOW)
    handler.new_file("file", "people.csv", "text/csv", None)
    handler.receive_data_chunk(b"x" * uploads.PIECE, 0)

    handler.upload_interrupted()

    assert nothing_is_left()


def test_the_auditor_uploads_nothing(client, carol):
    client.force_login(carol)

    assert upload(client, people(2)).status_code == 403
    assert not UploadedPiece.objects.exists()


def test_who_lost_the_right_meanwhile_imports_nothing(browser, alice):
    upload(browser, people(2))
    alice.groups.clear()

    work()

    assert Job.objects.get().status == "failed"
    assert not SuppressionEntry.objects.exists()
    assert nothing_is_left()


def test_the_refused_lines_can_be_taken_away(browser):
    upload(browser, people(1) + b"nonsense\n")
    work()

    answer = browser.get(
        reverse("admin:suppression_suppressionimport_rejects", args=[SuppressionImport.objects.get().pk])
    )

    assert b"".join(answer.streaming_content).decode().splitlines() == [
        "line,reason",
        "3,An e-mail address has one @ with a name before it.",
    ]


def test_the_list_of_imports_shows_each_with_its_state(browser):
    upload(browser, people(2))
    page = browser.get(reverse("admin:suppression_suppressionimport_changelist")).text

    assert SuppressionImport.objects.get().reference in page
    assert "Waiting for a worker" in page


def test_pieces_are_read_across_their_borders_and_from_anywhere(browser, small):
    upload(browser, people(300))
    source = SuppressionImport.objects.select_related("upload_key").get()
    stream = uploads.Pieces(source.upload_key, source.size)

    stream.seek(1_990)

    assert BytesIO(people(300)).getvalue()[1_990:2_020] == stream.read(10) + stream.read(20)
    assert stream.seek(-5, 2) == source.size - 5
    assert stream.read() == people(300)[-5:]


def test_the_queue_works_a_turn_by_the_name_that_is_rung(browser):
    upload(browser, people(2))
    job = Job.objects.get()

    run_turn(uploading.TASK, job.pk, job.turn)

    job.refresh_from_db()
    assert (job.status, job.done) == ("done", 3)
