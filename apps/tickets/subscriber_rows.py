"""Read subscribers from a CSV file: every attribute of Bento's import is a column, any other one a custom field."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.vendors.clients.subscribers import COLUMNS, Subscriber, UnfitSubscriber, require_free_names

from .csv_lines import CsvLine, CsvText, FileError


@dataclass(frozen=True)
class SubscriberRow:
    """One line of the file: a subscriber, or the reason why it is none."""

    line: int
    subscriber: Subscriber | None = None
    reason: str = ""


def read_subscribers(text: str) -> Iterator[SubscriberRow]:
    """Return every line after the header that holds anything; raises FileError for a header that cannot be used."""
    file = CsvText(text)
    columns = _columns(file.header)
    return (_row(line, columns) for line in file.lines(columns))


def _columns(header: list[str]) -> list[str]:
    """Take the names of the page in any case, and custom fields as they are written."""
    columns = [name.lower() if name.lower() in COLUMNS else name for name in header]
    if "email" not in columns:
        raise FileError("The first line names no column “email”.")
    if len(set(columns)) < len(columns):
        raise FileError("The first line names a column twice.")
    try:
        require_free_names([name for name in columns if name not in COLUMNS])
    except UnfitSubscriber as error:
        raise FileError(str(error)) from None
    return columns


def _row(line: CsvLine, columns: list[str]) -> SubscriberRow:
    if line.reason:
        return SubscriberRow(line.number, reason=line.reason)
    given = {column: cell.strip() for column, cell in zip(columns, line.cells, strict=False) if cell.strip()}
    try:
        return SubscriberRow(line.number, _subscriber(given))
    except ValueError as error:
        return SubscriberRow(line.number, reason=str(error))


def _subscriber(given: Mapping[str, str]) -> Subscriber:
    named = {name: _READERS.get(name, str)(given[name]) for name in COLUMNS if name in given}
    return Subscriber(**{"email": "", **named}, fields={name: given[name] for name in given if name not in COLUMNS})


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("created_at is no date such as 2026-11-21 or 2026-11-21T09:30:00+01:00.") from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _cents(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("lifetime_value_amount is no whole number of cents.")
    return int(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    "tags": _names,
    "remove_tags": _names,
    "created_at": _moment,
    "lifetime_value_amount": _cents,
}
