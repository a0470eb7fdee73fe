"""What a keeper hears of its workers. A database that cannot be asked is not held against them."""

import time
from collections.abc import Callable
from datetime import datetime

from django.db import Error, connection

from . import keepers, selectors, services, tables

LOOK_EVERY = 1.0
MIGRATED = "The database was migrated while workers ran. They stop: start this again with the new release."
FORGOTTEN = "The database no longer knows this keeper. Workers stop: start this again."

Clock = Callable[[], datetime]


class Hearing:
    """Rings for answers, and counts the seconds since the last one."""

    def __init__(self, keeper_id: int, *, ring_every: float, clock: Clock):
        self._keeper_id = keeper_id
        self._ring_every = ring_every
        self._clock = clock
        self._answered_at: datetime | None = None
        self._tables = tables.mark()
        self.why_obsolete = ""
        self.begin_anew()

    def begin_anew(self) -> None:
        """Count from now on: these are other workers."""
        self.has_heard = False
        self._begun = self._heard = time.monotonic()
        self._late = self._looked = self._rang = 0.0

    @property
    def silence(self) -> float:
        """Return for how many seconds nothing has come back."""
        return time.monotonic() - self._heard

    @property
    def silence_of_schedules(self) -> float:
        """Return for how many seconds of these workers' life a schedule has been due that nobody rang."""
        return min(self._late, time.monotonic() - self._begun)

    def listen(self) -> bool:
        """Look each second whether they have answered, and ring for it now and then; True at their first answer."""
        had_heard = self.has_heard
        try:
            if self._is_time("_looked", LOOK_EVERY):
                self._look()
            if self._is_time("_rang", self._ring_every):
                keepers.note_seen(self._keeper_id, at=self._clock())
                services.ring_beat()
        except Error:
            connection.close()
            self._heard = time.monotonic()
        return self.has_heard and not had_heard

    def _look(self) -> None:
        row = selectors.keeper(self._keeper_id)
        if tables.mark() != self._tables:
            self.why_obsolete = MIGRATED
        elif row is None:
            self.why_obsolete = FORGOTTEN
        elif row.answered_at != self._answered_at:
            self._answered_at = row.answered_at
            self._heard = time.monotonic()
            if not self.has_heard:
                services.ring_minutely()
            self.has_heard = True
        services.ring_due(at=self._clock())
        due_at = selectors.schedules_due_since()
        self._late = (self._clock() - due_at).total_seconds() if due_at else 0.0

    def _is_time(self, name: str, every: float) -> bool:
        now = time.monotonic()
        if now - getattr(self, name) < every:
            return False
        setattr(self, name, now)
        return True
