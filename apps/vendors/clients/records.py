"""Tolerant readers of a vendor's record: nulls, numbers and missing keys are normal, other shapes are not."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

_UUID = re.compile(r"[0-9A-Za-z-]{1,64}")


class OddShape(ValueError):
    """The answer has a shape no page describes: it proves nothing, least of all absence."""


def record(value: object) -> Mapping[str, object]:
    """Return a JSON object; null counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise OddShape("Not an object.")
    return value


def items(value: object) -> list:
    """Return a JSON array; null counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise OddShape("Not a list.")
    return value


def text(value: object) -> str:
    """Return text or a number as text, anything else as empty text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def is_uuid(value: str) -> bool:
    """Tell what may be a vendor's own id: it is kept in clear, compared, and put into paths."""
    return bool(_UUID.fullmatch(value))


def uuid(value: object) -> str:
    """Return a vendor's own id; a record without one cannot be told from another."""
    read = text(value)
    if not is_uuid(read):
        raise OddShape("A record without a uuid.")
    return read


def flag(value: object) -> bool | None:
    """Read true, "true", 1 and "1" alike; None where the vendor does not say."""
    known = {"true": True, "1": True, "false": False, "0": False}
    return known.get(str(value).strip().lower())


def moment(value: object) -> str | None:
    """Return a time as ISO 8601 in UTC; None where missing or unreadable. A time without zone is taken as UTC."""
    try:
        read = datetime.fromisoformat(text(value).strip().removesuffix(" UTC"))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def holds_something(value: object) -> bool:
    """Tell whether any value lies inside; false and 0 are values, empty text, lists and objects are not."""
    if isinstance(value, dict):
        return any(holds_something(inner) for inner in value.values())
    if isinstance(value, list):
        return any(holds_something(inner) for inner in value)
    return value is not None and value != ""
