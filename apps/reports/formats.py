"""How a report becomes bytes: CSV for people with a spreadsheet, JSON lines for machines."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice

from django.db.models import TextChoices

from apps.privacy.cells import plain_cell

from .columns import COLUMNS, Plain

Row = tuple[Plain, ...]
# Without it, Excel takes UTF-8 for the code page of the machine, and the dots of a mask for garbage.
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
CHUNK_ROWS = 500


class Format(TextChoices):
    CSV = "csv", "CSV, for a spreadsheet"
    JSONL = "jsonl", "JSON lines, for machines"

    @property
    def content_type(self) -> str:
        return {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}[self.value]


def encode(rows: Iterable[Row], *, as_format: str) -> Iterator[bytes]:
    """Yield the report in pieces; the first one comes before the first row is asked for."""
    return _ENCODERS[Format(as_format)](iter(rows))


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _csv(rows: Iterator[Row]) -> Iterator[bytes]:
    yield _csv_lines([COLUMNS], start=BYTE_ORDER_MARK)
    for chunk in _chunks(rows):
        yield _csv_lines([_CELLS[type(value)](value) for value in row] for row in chunk)


def _csv_lines(rows: Iterable[Iterable[str]], *, start: str = "") -> bytes:
    text = io.StringIO(start, newline="")
    text.seek(0, io.SEEK_END)
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _jsonl(rows: Iterator[Row]) -> Iterator[bytes]:
    for chunk in _chunks(rows):
        yield "".join(f"{_ENCODER.encode(dict(zip(COLUMNS, row, strict=True)))}\n" for row in chunk).encode()


def _chunks(rows: Iterator[Row]) -> Iterator[Iterator[Row]]:
    for first in rows:
        yield chain([first], islice(rows, CHUNK_ROWS - 1))


def _blank(value: None) -> str:
    return ""


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


_CELLS: dict[type, Callable[[Plain], str]] = {
    str: plain_cell,
    int: str,
    bool: _yes_or_no,
    datetime: utc,
    type(None): _blank,
}
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=utc)
_ENCODERS = {Format.CSV: _csv, Format.JSONL: _jsonl}
