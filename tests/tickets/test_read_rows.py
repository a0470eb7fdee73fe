from datetime import UTC, datetime

import pytest

from apps.tickets.csv_lines import MOST_LINES, FileError, decode
from apps.tickets.rows import read_rows

ANN = "ann@example.org"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_it_reads_any_order_delimiter_mark_and_line_end(delimiter, mark, newline):
    lines = [["note", "Email", "regime"], ["called twice", ANN, "CCPA"]]
    content = mark + newline.join(delimiter.join(cells) for cells in lines).encode()

    (row,) = read_rows(decode(content))

    assert (row.line, row.reason) == (2, "")
    assert row.request.identifiers == {"email": ANN}
    assert (row.request.regime, row.request.note) == ("ccpa", "called twice")


def test_a_quoted_cell_may_hold_delimiters_and_line_ends():
    rows = list(read_rows(f'email,note\n{ANN},"one,\ntwo"\nbob@example.org,\n'))

    assert [row.line for row in rows] == [2, 4]
    assert rows[0].request.note == "one,\ntwo"


@pytest.mark.parametrize(
    "spoiled",
    [
        'ann@example.org,"called twice',
        '"ann@example.org,called twice',
        'ann@example.org,"called" twice',
        'ann@example.org,a,"b',
    ],
)
def test_a_forgotten_quote_spoils_its_own_line_and_swallows_nobody(spoiled):
    people = "".join(f"p{number}@example.org,\n" for number in range(5))

    rows = list(read_rows(f"email,note\n{spoiled}\n{people}"))

    assert [(row.line, bool(row.request)) for row in rows] == [(2, False), *((line, True) for line in range(3, 8))]
    assert rows[0].cells == (spoiled,)
    assert "quote" in rows[0].reason


def test_a_quote_that_ends_lines_later_swallows_nobody_either():
    rows = list(read_rows('note,email\nhello,"ann@example.org\n,bob@example.org\n,"\n,cem@example.org\n'))

    assert [(row.line, bool(row.request)) for row in rows] == [(2, False), (3, True), (4, False), (5, True)]


def test_a_note_may_span_many_lines_but_not_the_rest_of_the_file():
    long = "word\n" * (MOST_LINES - 1)

    rows = list(read_rows(f'email,note\n{ANN},"{long}"\nbob@example.org,"{long}\n"\ncem@example.org,\n'))

    assert rows[0].request.note.count("word") == MOST_LINES - 1
    assert (rows[1].line, rows[1].request) == (MOST_LINES + 2, None)
    assert rows[-1].request.identifiers == {"email": "cem@example.org"}


def test_only_line_ends_end_a_line():
    (row,) = read_rows(f"email,note\n{ANN},one\u2028two\x0bthree\x85\n")

    assert row.request.note.startswith("one\u2028two")


def test_a_date_without_a_time_is_midnight_in_the_console_s_time_zone(settings):
    settings.TIME_ZONE = "UTC"

    (row,) = read_rows(f"email,received_at,requested_at\n{ANN},2026-11-03,2026-11-02T10:00:00+01:00\n")

    assert row.request.received_at == datetime(2026, 11, 3, tzinfo=UTC)
    assert row.request.requested_at == datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_the_basis_of_the_call_fills_in_where_a_row_is_silent():
    rows = list(
        read_rows(
            f"email,identity_basis\n{ANN},\nbob@example.org,Answered from the address\n", identity_basis="elsewhere"
        )
    )

    assert [row.request.identity_basis for row in rows] == ["elsewhere", "answered"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("regime\n{},mars", "regime is none of"),
        ("received_at\n{},yesterday", "received_at is no date"),
        ("received_at\n{},2026-02-30", "received_at is no date"),
        ("urgent\n{},perhaps", "urgent is neither yes nor no"),
        ("country\n{},Germany", "country is no code of two letters"),
        ("external_ref\n{}," + "x" * 101, "external_ref is longer"),
        ("note\n{},a,b", "more cells than the first line"),
    ],
)
def test_a_bad_row_is_told_with_line_and_reason_and_never_with_its_address(cells, reason):
    (row,) = read_rows("email," + cells.format(ANN) + "\n")

    assert row.line == 2
    assert row.request is None
    assert reason in row.reason
    assert ANN not in row.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("email,colour\n", "unknown column “colour”"),
        ('email,"note\n', "quotes of the first line"),
        ("note\nhello\n", "no identifier"),
        ("email,email\n", "twice"),
        ("email\n" + "x" * 100_001, "longer than"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_whole(text, reason):
    with pytest.raises(FileError, match=reason):
        list(read_rows(text))


def test_a_file_without_a_header_is_refused_without_repeating_a_person():
    with pytest.raises(FileError, match="no name of a column in place 1") as refusal:
        read_rows(f"{ANN},called twice\n")

    assert ANN not in str(refusal.value)


@pytest.mark.parametrize(("content", "reason"), [(b"email\n\xff\xfe", "not UTF-8"), (b"email\n\x00", "zero bytes")])
def test_what_is_no_text_is_refused(content, reason):
    with pytest.raises(FileError, match=reason):
        decode(content)
