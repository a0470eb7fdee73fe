"""Moments as RFC 3339 writes them: a day, a time and an offset. Anything less would start a legal clock by guess."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
SHAPE = "Write a moment such as 2026-11-21T09:30:00+01:00"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def _read(value: object) -> datetime:
    if not isinstance(value, str) or not RFC3339.fullmatch(value):
        raise ValueError(SHAPE)
    moment = _in_utc(value.upper())
    if moment < EARLIEST:
        raise ValueError("A moment before the year 2000 cannot be meant")
    return moment


def _in_utc(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day or offset, or out of the years that exist once in UTC
        raise ValueError(SHAPE) from None


Moment = Annotated[
    datetime,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T09:30:00+01:00"]}),
]
