from datetime import UTC, datetime

import pytest

from apps.tickets.rows import FileError, decode, read_rows

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
        ("note\nhello\n", "no identifier"),
        ("email,email\n", "twice"),
        ("email\n" + "x" * 100_001, "longer than"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_whole(text, reason):
    with pytest.raises(FileError, match=reason):
        list(read_rows(text))


@pytest.mark.parametrize(("content", "reason"), [(b"email\n\xff\xfe", "not UTF-8"), (b"email\n\x00", "zero bytes")])
def test_what_is_no_text_is_refused(content, reason):
    with pytest.raises(FileError, match=reason):
        decode(content)
