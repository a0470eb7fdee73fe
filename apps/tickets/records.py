"""Vendors' own ids of a record. Bento writes the same one with dashes or as 32 hexadecimal digits."""

from collections.abc import Iterable


def plain(uuid: str) -> str:
    return uuid.replace("-", "").lower()


def is_same_record(one: str, other: str) -> bool:
    """Tell whether two spellings name one record; no id names none."""
    return bool(one) and plain(one) == plain(other)


def records_of(uuids: Iterable[str]) -> set[str]:
    """Return the records that ids name, however each is spelled: compare ids of two looks as these sets alone."""
    return {plain(uuid) for uuid in uuids}
