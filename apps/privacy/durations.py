"""One grammar for every duration the console is told: a number with s, m, h or d; a bare number is seconds."""

import re
from datetime import timedelta

SHAPE = re.compile(r"(?P<number>\d{1,9})(?P<unit>[smhd]?)", re.ASCII)
UNITS = {"": "seconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """Read "90", "15m", "6h" or "2d"; raise ValueError with a sentence for the person who wrote it."""
    match = SHAPE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"“{text}” is not a duration. Write a whole number with s, m, h or d, such as 15m.")
    return timedelta(**{UNITS[match["unit"]]: int(match["number"])})
