"""Tell how far long work is."""

import sys


def unheard(done: int) -> None:
    """Tell nobody: some callers show the end alone."""


class Progress:
    """A bar on a terminal, silence elsewhere."""

    def __init__(self, total: int):
        self._total = total

    def __call__(self, done: int) -> None:
        if sys.stderr.isatty():
            ended = "\n" if done >= self._total else "\r"
            bar = "█" * min(30, 30 * done // max(1, self._total))
            sys.stderr.write(f"{bar:<30} {done} of {self._total}{ended}")
            sys.stderr.flush()
