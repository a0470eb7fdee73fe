"""Let calls of several threads begin in slots that one thread reserves: the others touch no database."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition
from typing import Protocol

from .accounts import Options
from .clients.errors import Outcome, VendorUnreached

GRACE = 0.05  # seconds by which a call may begin after its slot; slots of a second lie so much wider


class Pace(Protocol):
    """What a call waits for before it begins."""

    def wait(self) -> None: ...


@dataclass(frozen=True)
class Slot:
    """From when ``until`` when a call may begin, on the monotonic clock; without an end, ask again at that moment."""

    at: float
    until: float | None


def sleep_until(slot: Slot) -> bool:
    """Sleep until a slot begins; False where it grants nothing or is over: ask for another."""
    time.sleep(max(0.0, slot.at - time.monotonic()))
    return slot.until is not None and time.monotonic() <= slot.until


Reserve = Callable[[Options, int], list[Slot]]


class ThreadsPace:
    """``wait`` is for threads that call; ``asked`` tells the one that reserves, by ``serve``, that some wait."""

    def __init__(self, options: Options):
        self.asked: Future[None] = Future()
        self._options = options
        self._slots: deque[Slot] = deque()
        self._wanted = 0
        self._is_over = False
        self._changed = Condition()

    def wait(self) -> None:
        """Sleep until the next call may begin. Raises VendorUnreached where nobody reserves slots any more."""
        while not self.comes_up():
            pass

    def comes_up(self) -> bool:
        """Take a slot and sleep until it; False where another one is needed."""
        return not self._options.is_paced or sleep_until(self._next_slot())

    def serve(self, reserve: Reserve) -> None:
        """Reserve a slot for every thread that waits for one."""
        with self._changed:
            wanted, self._wanted = self._wanted, 0
            self.asked = Future()
        slots = reserve(self._options, wanted)
        with self._changed:
            self._slots.extend(slots)
            self._changed.notify_all()

    def end(self) -> None:
        """Let nothing begin any more: threads that wait give up, so that whoever waits for them goes on."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _next_slot(self) -> Slot:
        """Ask for one slot and take one: whoever took another's without asking would leave that one waiting."""
        with self._changed:
            self._ask()
            self._changed.wait_for(lambda: self._slots or self._is_over)
            if not self._slots:
                raise VendorUnreached("The worker stopped before this could be sent.", outcome=Outcome.UNREACHED)
            return self._slots.popleft()

    def _ask(self) -> None:
        self._wanted += 1
        if not self.asked.done():
            self.asked.set_result(None)
