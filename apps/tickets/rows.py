"""Read requests from a CSV file: any order of columns, comma, semicolon or tab, UTF-8 with or without a mark."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from apps.privacy.identifiers import Kind

from .errors import TicketError
from .models.ticket import Channel, IdentityBasis, Requester
from .regimes import Regime
from .requests import Request

LONGEST_LINE = 100_000
DELIMITERS = ",;\t"


class FileError(TicketError):
    """The whole file cannot be read, so no row of it was opened."""


@dataclass(frozen=True)
class Row:
    """One line of the file: a request, or the reason why it is none. ``cells`` is the line as it came."""

    line: int
    cells: tuple[str, ...]
    request: Request | None = None
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


def read_rows(text: str, *, identity_basis: str = IdentityBasis.ASKED) -> Iterator[Row]:
    """Yield every line after the header; raises FileError for a header that cannot be understood.

    ``identity_basis`` counts where a line has none of its own.
    """
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise FileError(f"A line is longer than {LONGEST_LINE} characters, so this is no list of requests.")
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text))
    columns = _columns(next(reader, []))
    return _read(reader, columns, identity_basis)


def _read(reader: "csv._reader", columns: list[str], identity_basis: str) -> Iterator[Row]:
    line = reader.line_num + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(line, tuple(cells), columns, identity_basis)
            line = reader.line_num + 1
    except csv.Error:
        yield Row(line, (), reason="The line cannot be read as CSV.")


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _columns(header: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in header]
    unknown = sorted({column for column in columns if column not in COLUMNS})
    if not columns:
        raise FileError("The file is empty.")
    if unknown:
        raise FileError(f"The first line names the unknown column “{unknown[0][:40]}”. Known: {', '.join(COLUMNS)}.")
    if len(set(columns)) < len(columns):
        raise FileError("The first line names a column twice.")
    if not set(columns) & {kind.value for kind in Kind}:
        raise FileError("The first line names no identifier: email, customer_id, cookie or device_id.")
    return columns


def _row(line: int, cells: tuple[str, ...], columns: list[str], identity_basis: str) -> Row:
    if len(cells) > len(columns):
        return Row(line, cells, reason="The line has more cells than the first line has columns.")
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False)}
    try:
        return Row(line, cells, request=_request(given, identity_basis))
    except ValueError as error:
        return Row(line, cells, reason=str(error))


def _request(given: Mapping[str, str], identity_basis: str) -> Request:
    identifiers = {kind.value: given[kind] for kind in Kind if given.get(kind)}
    read = {name: _READERS[name](given[name]) for name in _READERS if given.get(name)}
    return Request(identifiers=identifiers, **{"identity_basis": identity_basis, **read})


def choice(choices: type[TextChoices], column: str) -> Callable[[str], str]:
    """Return a reader that takes the value or the label of a choice, in any case."""
    known = {text.lower(): member.value for member in choices for text in (member.value, str(member.label))}

    def read(text: str) -> str:
        if text.lower() not in known:
            raise ValueError(f"{column} is none of {', '.join(choices.values)}.")
        return known[text.lower()]

    return read


def _moment(column: str) -> Callable[[str], datetime]:
    def read(text: str) -> datetime:
        try:
            moment: datetime | date | None = parse_datetime(text) or parse_date(text)
        except ValueError:
            moment = None
        if moment is None:
            raise ValueError(f"{column} is no date such as 2026-11-21 or 2026-11-21T09:30:00+01:00.")
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time.min)  # noqa: DTZ901
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    return read


def _yes_or_no(text: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError("urgent is neither yes nor no.")
    return known[text.lower()]


def _short(column: str, longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > longest:
            raise ValueError(f"{column} is longer than {longest} characters.")
        return text

    return read


def _country(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isalpha():
        raise ValueError("country is no code of two letters such as DE.")
    return text.upper()


_READERS: dict[str, Callable[[str], object]] = {
    "requested_at": _moment("requested_at"),
    "received_at": _moment("received_at"),
    "regime": choice(Regime, "regime"),
    "channel": choice(Channel, "channel"),
    "urgent": _yes_or_no,
    "external_ref": _short("external_ref", 100),
    "language": _short("language", 35),
    "country": _country,
    "requester": choice(Requester, "requester"),
    "identity_basis": choice(IdentityBasis, "identity_basis"),
    "note": _short("note", 10_000),
    "original_request": _short("original_request", 50_000),
}
COLUMNS = (*(kind.value for kind in Kind), *_READERS)
