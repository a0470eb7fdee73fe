"""Say moments and spans the way people at a desk do, in the console's own time zone."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def clock(moment: datetime, now: datetime) -> str:
    """Return 14:05 for today, else the day too; the year only where it is another one."""
    there, here = timezone.localtime(moment), timezone.localtime(now)
    if there.date() == here.date():
        return date_format(there, "H:i")
    return date_format(there, "j M, H:i" if there.year == here.year else "j M Y, H:i")


def day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")


def exact(moment: datetime) -> str:
    """Return the moment to the second with its zone, for titles."""
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s T")


def span(length: timedelta) -> str:
    """Return the length in its largest unit, rounded down; the sign is dropped."""
    length = abs(length)
    for unit, word in _UNITS:
        if length >= unit:
            return count(length // unit, word)
    return "less than a minute"


def count(number: int, word: str, plural: str = "") -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {plural or word + 's'}"


def seconds(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def listed(words: list[str]) -> str:
    """Join words with commas and a last "and"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
