"""Count how full a window gets."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def fullest(moments: Sequence, window: float | timedelta) -> int:
    """Count the most that happened in any window of this length."""
    return max((sum(first <= moment < first + window for moment in moments) for first in moments), default=0)


def per_date(moments: Sequence[datetime], zone) -> int:
    """Count the most that happened on any date over there."""
    dates = [moment.astimezone(zone).date() for moment in moments]
    return max((dates.count(date) for date in dates), default=0)
