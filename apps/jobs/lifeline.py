"""What tells a process to end: a pipe whose other end only its keeper holds, or a signal.

A pipe ends however its writer does, SIGKILL included, on every Unix, and each process that was forked sees it.
"""

import select
import signal
from types import FrameType


class _Line:
    """Where this process and its forks hang: on a keeper's pipe, or on nothing but signals."""

    def __init__(self) -> None:
        self.pipe: int | None = None
        self.keeper_id: int | None = None
        self.was_asked = False


_line = _Line()


def hang_on(pipe: int, *, keeper_id: int) -> None:
    """Belong to a keeper from now on, and end with it; processes that are forked later belong to it too."""
    _line.pipe, _line.keeper_id = pipe, keeper_id


def keeper_id() -> int | None:
    """Return the row of the keeper to which this process belongs; None in a web server, a command or a test."""
    return _line.keeper_id


def must_stop() -> bool:
    """Tell whether to take nothing new: finish what is in flight, give the leases back and end."""
    return _line.was_asked or (_line.pipe is not None and _has_ended(_line.pipe))


def stop_on_signals() -> None:
    """Let SIGTERM and SIGINT ask this process to stop; a second one ends it at once, as it would have by default."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ask_to_stop)


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    _line.was_asked = True
    signal.signal(number, signal.SIG_DFL)


def _has_ended(pipe: int) -> bool:
    readable, _, _ = select.select([pipe], [], [], 0)
    return bool(readable)
