"""Rate limits over a rolling window."""

from collections import deque
from datetime import datetime, timedelta


class Limit:
    """Counts what it admits; a refused request does not push the window further."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._admitted: deque[datetime] = deque()

    def admits(self, most: int, at: datetime) -> bool:
        """Admit one more and count it, or refuse it; `most` of 0 means without limit, but still counted."""
        while self._admitted and self._admitted[0] <= at - self._window:
            self._admitted.popleft()
        if most and len(self._admitted) >= most:
            return False
        self._admitted.append(at)
        return True

    def reset(self) -> None:
        self._admitted.clear()
