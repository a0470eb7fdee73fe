"""From when until when a deletion counts against the vendor's day, wherever that begins. No database, no clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .accounts import Options
from .clients.http import CONNECT_SECONDS

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
LATEST_START = timedelta(seconds=30)  # after it was counted; a lease lasts no longer than such a request may need
_COUNTED_AHEAD = MINUTE + LATEST_START + timedelta(seconds=CONNECT_SECONDS)


def counts_since(options: Options, at: datetime) -> datetime:
    """Return the moment after which a minute has to begin to count at ``at``.

    Deletions are counted by the minute and before they leave, so a minute counts until the last that may have left in
    its name is a day old, or until the end of the day in which that one may have arrived.
    """
    since = at - DAY if options.day == "rolling" else _midnight(options, at).astimezone(UTC)
    return since - _COUNTED_AHEAD


def counts_until(options: Options, minute: datetime) -> datetime:
    """Return the first moment at which a minute counts no more: ``counts_since``, turned round."""
    gone_at = minute + _COUNTED_AHEAD
    if options.day == "rolling":
        return gone_at + DAY
    return (_midnight(options, gone_at - MICROSECOND) + DAY).astimezone(UTC)


def _midnight(options: Options, at: datetime) -> datetime:
    """Return when the day began: for the first time, where clocks go back over midnight and it begins twice."""
    return at.astimezone(ZoneInfo(options.tz)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
