"""The page that takes a file of requests, and the page that shows what became of it."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from apps.audit.models import AuditEvent
from apps.jobs.models import Job
from apps.tickets.models import DeletionTicket, TicketBatch
from apps.tickets.rows import COLUMNS, read_rows
from apps.tickets.services.batches import open_batch, shred_old_files
from tests.constants import NOW
from tests.tickets.desk import sync

ADD = reverse("admin:tickets_ticketbatch_add")
LIST = reverse("admin:tickets_ticketbatch_changelist")
TEMPLATE = reverse("admin:tickets_ticketbatch_template")
GOOD = b"email;note\nann@example.org;hello\nbea@example.org;\n"
MIXED = b"email,customer_id\nann@example.org,c-1\nno address,=1+1\n"
YEARS_LATER = parse_datetime("2126-01-01T00:00:00Z")

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, alice):
    sync()
    client.force_login(alice)
    return client


def send(client, content: bytes, basis: str = "elsewhere"):
    return client.post(ADD, {"file": SimpleUploadedFile("people.csv", content), "identity_basis": basis})


def sent(client, content: bytes = MIXED, *, opened: bool = True) -> TicketBatch:
    send(client, content)
    batch = TicketBatch.objects.latest("pk")
    if opened:
        open_batch(batch.pk, clock=lambda: NOW)
    return batch


def url(name: str, batch: TicketBatch) -> str:
    return reverse(f"admin:tickets_ticketbatch_{name}", args=[batch.pk])


def test_a_file_is_kept_for_a_worker_and_its_page_shows_the_progress(desk):
    answer = send(desk, GOOD)

    batch = TicketBatch.objects.get()
    assert answer.url == url("change", batch)
    assert b"ann@example.org" not in bytes(batch.source)
    page = desk.get(answer.url).text
    assert "A worker takes this file next." in page
    assert f'data-live="{url("progress", batch)}"' in page


def test_the_page_counts_what_was_opened_and_lists_what_was_not(desk):
    batch = sent(desk)

    page = desk.get(url("change", batch)).text

    assert "1 opened, 1 rejected" in page
    assert "An e-mail address has one @ with a name before it." in page
    assert "no address" not in page
    assert f"batch__id__exact={batch.pk}" in page
    assert "data-live=" not in page


def test_a_row_whose_reference_is_an_address_is_rejected(desk):
    batch = sent(desk, b"email,external_ref\nann@example.org,ann@example.org\n")

    assert batch.rejects.get().reason == "The external reference is shown in clear, so it cannot be an address."


def test_the_fragment_says_when_nothing_will_change_any_more(desk):
    batch = sent(desk, opened=False)
    waiting = desk.get(url("progress", batch))

    open_batch(batch.pk, clock=lambda: NOW)
    done = desk.get(url("progress", batch))

    assert (waiting["X-Live"], done["X-Live"]) == ("on", "done")
    assert "<html" not in done.text
    assert 'value="2" max="2"' in done.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"mail,name\nann@example.org,Ann\n", "unknown column “mail”"),
        (b"note\nhello\n", "names no identifier"),
        (b"email,email\na,b\n", "names a column twice"),
        (b"email\n\xff\n", "not UTF-8"),
        (b"", "The file is empty."),
        (b"email\n" + b"x" * (21 * 1024 * 1024), "at most 20 MB"),
        (b"email\n" + b"ann@example.org\n" * (20 * 1024 * 64 + 1), "at most 20 MB"),
    ],
    ids=["unknown", "no identifier", "twice", "encoding", "empty", "dropped", "too large"],
)
def test_a_file_that_cannot_be_read_is_told_at_the_form(desk, content, words):
    answer = send(desk, content)

    assert answer.status_code == 200
    assert words in answer.text
    assert not TicketBatch.objects.exists()


def test_a_missing_file_is_told_too(desk):
    assert "No file arrived" in desk.post(ADD, {"identity_basis": "asked"}).text


def test_the_template_opens_without_a_reject(desk):
    answer = desk.get(TEMPLATE)

    text = answer.content.decode("utf-8-sig")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert all(row.request for row in read_rows(text))


def test_every_column_is_explained(desk):
    page = desk.get(ADD).text

    assert [column for column in COLUMNS if f"<code>{column}</code>" not in page] == []


def test_the_rejects_come_as_a_file_that_no_spreadsheet_calculates(desk):
    batch = sent(desk)

    answer = desk.post(url("rejects", batch))

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer["Content-Disposition"] == f'attachment; filename="batch-{batch.pk}-rejects.csv"'
    assert rows[0] == ["line", "reason"]
    assert rows[1][0] == "3"
    assert rows[1][2:] == ["no address", "'=1+1"]
    assert AuditEvent.objects.latest("seq").action == "batch.rejects_exported"


def test_the_rejects_are_gone_after_some_days_and_the_page_says_so(desk):
    batch = sent(desk)
    shred_old_files(at=YEARS_LATER)

    answer = desk.post(url("rejects", batch), follow=True)

    assert "Nobody can read it any more" in answer.text
    assert "Download the rejected rows" not in answer.text
    assert "An e-mail address has one @" in answer.text


def test_stop_opens_no_further_row(desk):
    batch = sent(desk, GOOD, opened=False)

    answer = desk.post(url("stop", batch), follow=True)
    open_batch(batch.pk, clock=lambda: NOW)

    assert "Stopping: no further rows are opened." in answer.text
    assert "Stopped after 0 of 2 rows" in desk.get(url("change", batch)).text
    assert not DeletionTicket.objects.exists()
    assert list(AuditEvent.objects.filter(root="batch").order_by("seq").values_list("action", flat=True)) == [
        "batch.accepted",
        "batch.stop_requested",
        "batch.opened",
    ]


def test_there_is_nothing_to_stop_in_a_finished_file(desk):
    batch = sent(desk)

    assert "nothing left to stop" in desk.post(url("stop", batch), follow=True).text


def test_whoever_lost_the_right_to_open_opens_no_further_row(desk, alice):
    batch = sent(desk, GOOD, opened=False)
    alice.groups.clear()

    open_batch(batch.pk, clock=lambda: NOW)

    assert Job.objects.get().status == Job.Status.FAILED
    assert not DeletionTicket.objects.exists()


def test_a_file_that_nobody_opened_in_time_is_shredded_and_ends(desk):
    batch = sent(desk, GOOD, opened=False)

    shred_old_files(at=YEARS_LATER)
    open_batch(batch.pk, clock=lambda: NOW)

    batch.refresh_from_db()
    assert batch.source is None
    assert "shredded" in desk.get(url("change", batch)).text


def test_the_list_shows_the_files_of_the_past(desk):
    batch = sent(desk)

    page = desk.get(LIST).text

    assert f"Batch {batch.pk}" in page
    assert "Upload a file" in page


def test_the_list_costs_the_same_for_many_files(desk, django_assert_max_num_queries):
    for _ in range(5):
        sent(desk, GOOD)

    with django_assert_max_num_queries(12):
        desk.get(LIST)


@pytest.mark.parametrize("role", ["carol", "olga"])
def test_others_read_the_progress_and_change_nothing(client, desk, role, request):
    batch = sent(desk, opened=False)
    client.force_login(request.getfixturevalue(role))

    page = client.get(url("change", batch))
    refused = [
        client.get(ADD),
        send(client, GOOD),
        client.post(url("stop", batch)),
        client.post(url("rejects", batch)),
    ]

    assert page.status_code == 200
    assert "Stop</button>" not in page.text
    assert [answer.status_code for answer in refused] == [403] * 4


def test_deeds_come_by_post(desk):
    batch = sent(desk)

    assert [desk.get(url(name, batch)).status_code for name in ("stop", "rejects")] == [405, 405]


def test_a_file_that_does_not_exist_is_not_found(desk):
    missing = TicketBatch(pk=999)

    answers = [desk.get(url(name, missing)) for name in ("change", "progress")]

    assert [answer.status_code for answer in answers] == [404, 404]
