"""Cut the text of a CSV file into lines of cells: comma, semicolon or tab, UTF-8 with or without a mark.

A line that cannot be read is told and spoils nothing below it: where a quoted cell does not end, reading goes on with
the next line of the file, so that a forgotten quote never swallows the people who follow.
"""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .errors import TicketError

DELIMITERS = ",;\t"
LONGEST_LINE = 100_000
MOST_LINES = 200  # that one quoted cell may span

_BAD_QUOTES = (
    "The quotes of this line do not match, or a quoted cell does not end. "
    "Nothing of the line was read; reading went on with the next one."
)
_BROKEN_CELL = "A cell of this line holds a line break: is a quote missing? Reading went on with the next line."
_TOO_MANY_CELLS = "The line has more cells than the first line has columns."


class FileError(TicketError):
    """The whole file cannot be read, so no row of it was used."""


@dataclass(frozen=True)
class CsvLine:
    """The cells that begin at one line of the file, or the reason why they cannot be read."""

    number: int
    cells: tuple[str, ...]
    reason: str = ""


def decode(content: bytes) -> str:
    """Return the text of a file; raises FileError where it is no UTF-8 text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            f"The file is not UTF-8 text: byte {error.start + 1} cannot be read. Save it as UTF-8 CSV."
        ) from None
    if "\0" in text:
        raise FileError("The file holds zero bytes, so it is no CSV file.")
    return text


class CsvText:
    """A file with its first line read. Raises FileError where that line, or the length of any, shows it is no CSV."""

    def __init__(self, text: str):
        self._lines = list(io.StringIO(text, newline=""))
        if any(len(line) > LONGEST_LINE for line in self._lines):
            raise FileError(f"A line is longer than {LONGEST_LINE} characters, so this is no CSV file.")
        first = self._lines[0] if self._lines else ""
        self._delimiter = max(DELIMITERS, key=first.count)
        try:
            self.header = [cell.strip() for cell in next(self._reader([first]), [])]
        except csv.Error:
            raise FileError("The quotes of the first line do not match, so its columns cannot be read.") from None
        if not self.header:
            raise FileError("The file is empty.")

    def lines(self, columns: list[str], *, may_span: Collection[str] = ()) -> Iterator[CsvLine]:
        """Yield what stands below the first line; only cells of the columns in ``may_span`` may hold line breaks."""
        start = 1
        while start < len(self._lines):
            line, taken = self._line(start, columns, may_span)
            if line.reason or any(cell.strip() for cell in line.cells):
                yield line
            start += taken

    def _line(self, start: int, columns: list[str], may_span: Collection[str]) -> tuple[CsvLine, int]:
        """Return the cells from a line on and how many lines they take; what is wrong takes one line only."""
        reader = self._reader(self._lines[start : start + MOST_LINES])
        try:
            cells = tuple(next(reader))
        except csv.Error:
            return CsvLine(start + 1, self._as_it_lies(start), _BAD_QUOTES), 1
        if _breaks_elsewhere(cells, columns, may_span):
            return CsvLine(start + 1, self._as_it_lies(start), _BROKEN_CELL), 1
        if len(cells) > len(columns):
            return CsvLine(start + 1, self._as_it_lies(start), _TOO_MANY_CELLS), 1
        return CsvLine(start + 1, cells), reader.line_num

    def _as_it_lies(self, start: int) -> tuple[str, ...]:
        return (self._lines[start].rstrip("\r\n"),)

    def _reader(self, lines: list[str]) -> "csv._reader":
        return csv.reader(lines, delimiter=self._delimiter, strict=True)


def _breaks_elsewhere(cells: tuple[str, ...], columns: list[str], may_span: Collection[str]) -> bool:
    """Tell whether a cell outside the columns that may span lines does."""
    named = zip(cells, [*columns, *[""] * len(cells)], strict=False)
    return any(("\n" in cell or "\r" in cell) and column not in may_span for cell, column in named)
