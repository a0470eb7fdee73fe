"""Vendors' own ids of a record. Bento writes the same one with dashes or as 32 hexadecimal digits."""


def plain(uuid: str) -> str:
    return uuid.replace("-", "").lower()


def is_same_record(one: str, other: str) -> bool:
    """Tell whether two spellings name one record; no id names none."""
    return bool(one) and plain(one) == plain(other)
