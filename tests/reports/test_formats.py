"""What a report looks like as a file."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from apps.privacy.cells import plain_cell
from apps.reports.columns import COLUMNS
from apps.reports.formats import encode, utc

BLANK = (None,) * len(COLUMNS)


def row(*values):
    return (*values, *BLANK[len(values) :])


def read_csv(rows):
    text = b"".join(encode(rows, as_format="csv")).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
def test_no_cell_can_be_a_formula(start):
    assert plain_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["", "a=1", "2026-06-01", "'=1", "j•••@e•••.com"])
def test_other_cells_stay_as_they_are(text):
    assert plain_cell(text) == text


def test_a_csv_says_yes_and_no_and_leaves_unknown_cells_empty():
    header, cells = read_csv([row(1, "DEL-1", True, False, datetime(2026, 6, 1, 14, tzinfo=UTC))])

    assert header == list(COLUMNS)
    assert cells[:6] == ["1", "DEL-1", "yes", "no", "2026-06-01T14:00:00Z", ""]


def test_a_csv_keeps_line_breaks_inside_their_cell():
    _, cells = read_csv([row(1, 'a "b"\r\nc, d')])

    assert cells[1] == 'a "b"\r\nc, d'


def test_a_csv_tells_excel_that_it_is_utf_8():
    assert next(encode([], as_format="csv")).startswith(b"\xef\xbb\xbfformat_version,")


def test_json_lines_keep_types_and_text_untouched():
    rows = [row(1, "=DEL", True, 7, datetime(2026, 6, 1, tzinfo=UTC)), row(2, "•")]

    lines = [json.loads(line) for line in b"".join(encode(rows, as_format="jsonl")).splitlines()]

    assert list(lines[0]) == list(COLUMNS)
    assert list(lines[0].values())[:6] == [1, "=DEL", True, 7, "2026-06-01T00:00:00Z", None]
    assert lines[1]["reference"] == "•"


@pytest.mark.parametrize("as_format", ["csv", "jsonl"])
@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1001])
def test_every_row_is_written_once(as_format, count):
    written = b"".join(encode((row(number) for number in range(count)), as_format=as_format))

    assert written.count(b"\n") == count + (as_format == "csv")


def test_times_are_told_in_utc():
    assert utc(datetime(2026, 6, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))) == "2026-05-31T23:30:00Z"


def test_the_header_comes_before_the_first_row_is_asked_for():
    def rows():
        raise AssertionError
        yield

    assert b"reference" in next(encode(rows(), as_format="csv"))
