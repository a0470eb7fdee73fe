"""Write an answer though the database is away for a moment: it is known here and nowhere else."""

import time
from collections.abc import Callable

from django.db import InterfaceError, InternalError, OperationalError, connection

# The last one is how PostgreSQL tells a process that woke up that its silent transaction was ended.
GONE = (OperationalError, InterfaceError, InternalError)
LONGEST = 20.0  # seconds; the lease of whatever was sent lasts longer
NAP = 0.5


class Insistence:
    """Offer writes again, on a fresh connection each time, until the time that they all share is over.

    A write is one deed, so one that failed did nothing, and under fence and attempt one that did happen changes nothing
    the second time.
    """

    def __init__(self, seconds: float | None = None):
        self._seconds = LONGEST if seconds is None else seconds
        self._ends: float | None = None

    def __call__(self, write: Callable[[], None]) -> None:
        """Write, or raise the database's error once the time is over."""
        while True:
            try:
                return write()
            except GONE:
                if connection.in_atomic_block or self._is_over():
                    raise
            connection.close()
            time.sleep(NAP)

    def _is_over(self) -> bool:
        if self._ends is None:
            self._ends = time.monotonic() + self._seconds
        return time.monotonic() >= self._ends
