"""Tell how far long work is."""

import sys
from collections.abc import Callable


def unheard(done: int) -> None:
    """Tell nobody: some callers show the end alone."""


def unwatched(total: int) -> Callable[[int], None]:
    """Begin to tell nobody."""
    return unheard


class Progress:
    """A bar on a terminal, silence elsewhere; 0 is a total that nobody knows."""

    def __init__(self, total: int):
        self._total = total

    def __call__(self, done: int) -> None:
        if sys.stderr.isatty():
            ended = "\n" if 0 < self._total <= done else "\r"
            bar = "█" * min(30, 30 * done // max(1, self._total)) if self._total else ""
            of_all = f" of {self._total}" if self._total else ""
            sys.stderr.write(f"{bar:<30} {done}{of_all}{ended}")
            sys.stderr.flush()
