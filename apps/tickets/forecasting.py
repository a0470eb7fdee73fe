"""When each waiting erasure leaves and is answered: the account's day laid out send by send. No database, no clock."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from apps.vendors.accounts import Options
from apps.vendors.day import counts_until

MINUTE = timedelta(minutes=1)
NO_TIME = timedelta(0)
LOOKS = 3  # of one erasure: before the request by address, after it by address and by id
CALLS = LOOKS + 1
Usage = Iterable[tuple[datetime, int]]  # minutes of the window, with what was sent in each
_Place = tuple[bool, datetime, int]  # in the line: whoever is smaller leaves first


@dataclass(frozen=True, slots=True)
class Waiting:
    """An erasure that is still to be sent. ``ready_at``: when it may leave, the day's quota aside.

    ``requests`` leave ``apart`` from one another, and ``answer_in`` is from the last of them to the expected answer.
    """

    pk: int
    urgent: bool
    due_at: datetime
    ready_at: datetime
    requests: int = 1
    apart: timedelta = NO_TIME
    answer_in: timedelta = NO_TIME


@dataclass(frozen=True, slots=True)
class Expected:
    """When the first request of an erasure leaves, and when the answer that settles it is there."""

    send_at: datetime
    answer_at: datetime


def expect(waiting: Iterable[Waiting], options: Options, used: Usage, *, begins_at: datetime) -> dict[int, Expected]:
    """Send in turn, as the lanes do: urgent first, then the earliest due date; return what to expect by ``pk``.

    What is not ready yet lets others pass. Nothing fails in a forecast: retries, busy answers and the time that
    answers take are left out.
    """
    rows = list(waiting)
    queue = _Queue(rows, at=begins_at)
    day, spacing = _Day(options, used), apart(options)
    sends: dict[int, list[datetime]] = {}
    at = begins_at
    while queue:
        at = queue.wait_for_one(at)
        row, slot_at = queue.head, day.free_at(at, urgent=queue.head.urgent)
        if slot_at > at:
            at = queue.next_change(slot_at)
            continue
        day.take(at)
        sent = sends.setdefault(row.pk, [])
        sent.append(at)
        queue.sent_head(again_at=at + row.apart if len(sent) < row.requests else None)
        at += spacing
    return {row.pk: Expected(sends[row.pk][0], sends[row.pk][-1] + row.answer_in) for row in rows}


def apart(options: Options) -> timedelta:
    """Return how long one erasure keeps the account busy: its looks share the minute, all its calls the second."""
    per_second = timedelta(seconds=CALLS) / options.per_second if options.per_second else NO_TIME
    per_minute = MINUTE * LOOKS / options.per_minute if options.per_minute else NO_TIME
    return max(per_second, per_minute)


def answer_in(options: Options) -> timedelta:
    """Return how long after a request its answer is expected: the first look, and one more window as a margin."""
    return options.verify_after[min(1, len(options.verify_after) - 1)] if options.verify_after else NO_TIME


def last_safe(due_at: datetime, send_at: datetime | None, answer_at: datetime) -> datetime | None:
    """Return the latest moment to send at which the answer is still expected in time; None where nothing is sent."""
    return due_at - (answer_at - send_at) if send_at else None


class _Queue:
    """Who may leave now, in turn, and who may not yet."""

    def __init__(self, rows: list[Waiting], *, at: datetime):
        self._rows = rows
        self._ready: list[tuple[_Place, int]] = []
        self._later = [(row.ready_at, _place(row), index) for index, row in enumerate(rows)]
        heapify(self._later)
        self._admit(at)

    def __bool__(self) -> bool:
        return bool(self._ready or self._later)

    @property
    def head(self) -> Waiting:
        return self._rows[self._ready[0][-1]]

    def wait_for_one(self, at: datetime) -> datetime:
        """Return the first moment from ``at`` on at which somebody may leave."""
        at = at if self._ready else max(at, self._later[0][0])
        self._admit(at)
        return at

    def next_change(self, at: datetime) -> datetime:
        """Return ``at``, or the moment before it at which somebody more urgent may turn up."""
        return min(at, self._later[0][0]) if self._later else at

    def sent_head(self, *, again_at: datetime | None) -> None:
        place, index = heappop(self._ready)
        if again_at:
            heappush(self._later, (again_at, place, index))

    def _admit(self, at: datetime) -> None:
        while self._later and self._later[0][0] <= at:
            _, place, index = heappop(self._later)
            heappush(self._ready, (place, index))


class _Day:
    """The sends that still count against the vendor's day; asked with moments that never go back."""

    def __init__(self, options: Options, used: Usage):
        self._limit = options.per_day
        self._kept = options.urgent
        self._options = options
        self._counts: deque[tuple[datetime, int]] = deque()
        self._used = 0
        for minute, sends in sorted(used):
            self._count(minute, sends)

    def free_at(self, at: datetime, *, urgent: bool) -> datetime:
        """Return the first moment from ``at`` on at which one more send fits."""
        if self._limit is None:
            return at
        self._forget(at)
        too_many = self._used + 1 - self._limit + (0 if urgent else self._kept)
        for ends_at, sends in self._counts:
            if too_many <= 0:
                return at
            too_many -= sends
            at = ends_at
        return at

    def take(self, at: datetime) -> None:
        if self._limit is not None:
            self._count(at, 1)

    def _count(self, at: datetime, sends: int) -> None:
        """Add sends under the moment at which they stop counting."""
        self._used += sends
        ends_at = counts_until(self._options, at.replace(second=0, microsecond=0))
        if self._counts and self._counts[-1][0] == ends_at:
            sends += self._counts.pop()[1]
        self._counts.append((ends_at, sends))

    def _forget(self, at: datetime) -> None:
        while self._counts and self._counts[0][0] <= at:
            self._used -= self._counts.popleft()[1]


def _place(row: Waiting) -> _Place:
    return (not row.urgent, row.due_at, row.pk)
