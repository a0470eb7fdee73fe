"""Space the calls of one lane, so that ``per_second`` holds whatever several threads do."""

import threading
import time
from functools import cache

from .accounts import Options


class Pace:
    """Let at most ``per_second`` calls a second begin; one instance serves one lane and all its threads."""

    def __init__(self, options: Options):
        self._spacing = options.lanes / options.per_second if options.per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until the next call may begin."""
        with self._lock:
            begin = max(self._next, time.monotonic())
            self._next = begin + self._spacing
        time.sleep(max(0.0, begin - time.monotonic()))


@cache
def pace_of(name: str, options: Options) -> Pace:
    """Return the one pace that all calls of people share in this process, whatever they ask of the account."""
    return Pace(options)
