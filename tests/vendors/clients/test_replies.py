from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from apps.vendors.clients.errors import VendorBusy
from apps.vendors.clients.records import flag, moment
from apps.vendors.clients.replies import Reply, seconds_to_wait
from tests.raw_server import says

DATE = "Tue, 01 Sep 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 1),
        ("999999999999999999999999", 86400),
        ("9" * 5000, 86400),
        ("Tue, 01 Sep 2026 12:05:00 GMT", 300),
        ("Tue, 01 Sep 2026 12:05:00 -0000", 300),
        ("Tue, 01 Sep 2026 11:00:00 GMT", 1),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 86400),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Tue, 99 Sep 2026 99:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header, seconds):
    assert seconds_to_wait(header, DATE) == seconds


@pytest.mark.parametrize("date", ["", "garbage"])
def test_without_a_readable_date_our_own_clock_serves(date):
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)

    assert 55 <= seconds_to_wait(in_a_minute, date) <= 61


def test_a_busy_answer_carries_its_wait(serve, bento):
    server = serve(says("429 Too Many Requests", retry_after="Tue, 01 Sep 2026 12:05:00 GMT", date=DATE))

    with pytest.raises(VendorBusy) as caught:
        bento(server.url).look("email", "ann@example.org")

    assert caught.value.retry_after == 300


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({"x_request_id": "a-1", "cf_ray": "r"}, "a-1"),
        ({"cf_ray": "8f2-FRA"}, "8f2-FRA"),
        ({"x_request_id": "ann@example.org", "cf_ray": "r"}, "r"),
        ({"x_request_id": "a <b>"}, ""),
        ({"x_request_id": "x" * 129}, ""),
        ({}, ""),
    ],
)
def test_the_vendors_request_id_is_kept(serve, bento, headers, request_id):
    server = serve(says("503 Service Unavailable", **headers))

    with pytest.raises(VendorBusy) as caught:
        bento(server.url).check()

    assert caught.value.request_id == request_id


@pytest.mark.parametrize(
    ("body", "content_type", "is_html"),
    [
        (b"{}", "text/html", True),
        (b"{}", "TEXT/HTML; charset=utf-8", True),
        (b"{}", "application/xhtml+xml", True),
        (b" \n<!DOCTYPE html>", "", True),
        (b"<p>", "application/json", True),
        (b"{}", "application/json", False),
        (b"", "", False),
    ],
)
def test_a_web_page_is_told_by_type_or_first_character(body, content_type, is_html):
    assert Reply(status=200, body=body, content_type=content_type).is_html is is_html


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2021-08-21T09:11:55Z", "2021-08-21T09:11:55+00:00"),
        ("2021-08-21T11:11:55+02:00", "2021-08-21T09:11:55+00:00"),
        ("2021-08-21 09:11:55 UTC", "2021-08-21T09:11:55+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
        (True, None),
    ],
)
def test_moments_are_read_as_utc_or_not_at_all(value, read):
    assert moment(value) == read


@pytest.mark.parametrize(("value", "read"), [("True", True), (1, True), (0, False), ("", None), ({}, None)])
def test_flags_are_read_in_any_type(value, read):
    assert flag(value) is read


@pytest.mark.parametrize("spelled", ["\\ud83d", "\\u0000", "\\ude00\\ud83d"])
def test_what_no_database_stores_is_replaced(spelled):
    body = Reply(200, f'{{"{spelled}": ["a{spelled}b", 1, null]}}'.encode()).json

    [(name, [text, *others])] = body.items()
    assert (set(name), set(text), others) == ({"\ufffd"}, {"a", "\ufffd", "b"}, [1, None])


def test_a_whole_pair_is_kept():
    assert Reply(200, b'"\\ud83d\\ude00"').json == "\N{GRINNING FACE}"
