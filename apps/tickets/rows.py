"""Read requests from a CSV file with its columns in any order."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from apps.privacy.identifiers import Kind

from .csv_lines import CsvLine, CsvText, FileError
from .models.ticket import Channel, IdentityBasis, Requester
from .regimes import Regime
from .requests import Request

MAY_SPAN = frozenset({"note", "original_request"})  # words of people; every other cell stands on one line
_COLUMN_NAME = re.compile(r"[a-z_ ]{1,40}")


@dataclass(frozen=True)
class Row:
    """One line of the file: a request, or the reason why it is none. ``cells`` is the line as it came."""

    line: int
    cells: tuple[str, ...]
    request: Request | None = None
    reason: str = ""


def read_rows(text: str, *, identity_basis: str = IdentityBasis.ASKED) -> Iterator[Row]:
    """Return every line after the header; raises FileError for a header that cannot be understood.

    ``identity_basis`` counts where a line has none of its own.
    """
    file = CsvText(text)
    columns = _columns(file.header)
    return (_row(line, columns, identity_basis) for line in file.lines(columns, may_span=MAY_SPAN))


def _columns(header: list[str]) -> list[str]:
    columns = [cell.lower() for cell in header]
    unknown = next((place for place, column in enumerate(columns, start=1) if column not in COLUMNS), None)
    if unknown:
        raise FileError(f"The first line {_unknown(columns, unknown)}. Known: {', '.join(COLUMNS)}.")
    if len(set(columns)) < len(columns):
        raise FileError("The first line names a column twice.")
    if not set(columns) & {kind.value for kind in Kind}:
        raise FileError("The first line names no identifier: email, customer_id, cookie or device_id.")
    return columns


def _unknown(columns: list[str], place: int) -> str:
    """Repeat a name only where it looks like one: without a header, somebody's address stands in its place."""
    name = columns[place - 1]
    if _COLUMN_NAME.fullmatch(name):
        return f"names the unknown column “{name}”"
    return f"has no name of a column in place {place}"


def _row(line: CsvLine, columns: list[str], identity_basis: str) -> Row:
    if line.reason:
        return Row(line.number, line.cells, reason=line.reason)
    given = {column: cell.strip() for column, cell in zip(columns, line.cells, strict=False)}
    try:
        return Row(line.number, line.cells, request=_request(given, identity_basis))
    except ValueError as error:
        return Row(line.number, line.cells, reason=str(error))


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
