"""Read addresses from files as people have them: one per line, or CSV with an email column."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from apps.privacy.identifiers import trim

from .errors import SuppressionError

COLUMN = "email"
DELIMITERS = ",;\t"
LINE_LIMIT = 10_000


class UnreadableFile(SuppressionError):
    """Nothing of the file can be used, and nothing of it was."""


@dataclass(frozen=True)
class Row:
    """One line of the file: an address, or the reason why there is none."""

    line: int
    text: str
    problem: str = ""


@dataclass(frozen=True)
class _Layout:
    """Where the address stands; without a column the whole line is one."""

    delimiter: str = ""
    column: int | None = None


def read_rows(stream: BinaryIO) -> Iterator[Row]:
    """Yield a row for every line that is not blank, in constant memory; raise UnreadableFile at the first line.

    Lines are read one by one: a forgotten quote spoils its own line instead of swallowing the ones below it.
    """
    lines = _lines(stream)
    first = next(lines, None)
    if first is None:
        raise UnreadableFile("The file is empty.")
    layout = _layout(first.text)
    if layout.column is None:
        yield _row(first, layout)
    for line in lines:
        yield _row(line, layout)


def _lines(stream: BinaryIO) -> Iterator[Row]:
    number = 0
    while raw := stream.readline(LINE_LIMIT):
        number += 1
        if len(raw) == LINE_LIMIT and not raw.endswith(b"\n"):
            _skip_the_rest(stream)
            yield Row(number, "", f"The line is longer than {LINE_LIMIT} bytes.")
            continue
        # What is not UTF-8 becomes half characters, which the identifier's own rules refuse with a reason.
        text = raw.decode("utf-8", errors="surrogateescape").rstrip("\r\n")
        text = text.removeprefix("\ufeff") if number == 1 else text
        if trim(text):
            yield Row(number, text)


def _skip_the_rest(stream: BinaryIO) -> None:
    while (raw := stream.readline(LINE_LIMIT)) and not raw.endswith(b"\n"):
        pass


def _layout(first: str) -> _Layout:
    if "\0" in first or first.startswith("\udcff\udcfe"):
        raise UnreadableFile("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again.")
    delimiter = max(DELIMITERS, key=first.count)
    names = [trim(name).lower() for name in _cells(first, delimiter)]
    if COLUMN in names:
        return _Layout(delimiter, names.index(COLUMN))
    if "@" not in first and delimiter in first:
        raise UnreadableFile(f"The first line names no column “{COLUMN}”.")
    return _Layout()


def _row(line: Row, layout: _Layout) -> Row:
    if line.problem:
        return line
    if layout.column is None:
        return Row(line.line, trim(line.text).strip('"'))
    cells = _cells(line.text, layout.delimiter)
    if len(cells) <= layout.column:
        return Row(line.line, "", f"The line ends before the column “{COLUMN}”.")
    return Row(line.line, cells[layout.column])


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except csv.Error:
        return []
