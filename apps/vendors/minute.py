"""The calls of the last minute, counted second by second as they begin. No database, no clock."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

from .accounts import Options

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LATE = SECOND  # by which a call may begin after its slot
SPAN = MINUTE + SECOND + LATE  # from the begin of a second until none of its calls shares 60 seconds with a new one
Counts = list[list[int]]  # seconds of the epoch, in order, each with the calls that it was reserved for


def grant(counts: Counts, per_minute: int, at: datetime) -> Counts | None:
    """Return the counts with one call more at ``at``; None where 60 seconds could then hold too many."""
    live = [[second, calls] for second, calls in counts if _moment(second) + SPAN > at]
    if sum(calls for _, calls in live) >= per_minute:
        return None
    second = int(at.timestamp())
    if live and live[-1][0] >= second:
        live[-1][1] += 1
    else:
        live.append([second, 1])
    return live


def free_at(counts: Counts, per_minute: int) -> datetime:
    """Return when one more call fits, for counts to which ``grant`` adds none."""
    newest_first = counts[::-1]
    totals = accumulate(calls for _, calls in newest_first)
    return next(
        _moment(second) + SPAN for (second, _), total in zip(newest_first, totals, strict=True) if total >= per_minute
    )


def longest_wait(options: Options, calls: int) -> timedelta:
    """Return how long calls take together, beyond their answers, where one minute does not hold them all."""
    return SPAN * ((calls - 1) // options.per_minute) if options.per_minute else timedelta(0)


def burst(per_minute: int) -> int:
    """Return how many calls may be taken on at once."""
    return per_minute // 8 + 1


def spacing(per_minute: int) -> timedelta:
    """Return the pace after a burst, at which both together fill a span and no more."""
    return SPAN / (per_minute - burst(per_minute) + 1)


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
