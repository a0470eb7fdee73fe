"""Places at which a test may end this process, to see what a crash leaves behind. Off unless FAILPOINT names one.

Pure, and at the bottom of the street: every app passes some of these places, and the vendors' clients know no Django.
"""

import errno
import os
import signal
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock


class Failpoint(StrEnum):
    """Each place that a worker, a page or a command passes; docs/configuration.md says what is left behind there."""

    CLAIM_UNCOMMITTED = "claim-uncommitted"
    CLAIMED = "claimed"
    SNAPSHOT_UNFINISHED = "snapshot-unfinished"
    LOOK_COMMITTED = "look-committed"
    BEFORE_CONNECT = "before-connect"
    HEADERS_SENT = "headers-sent"
    BODY_SENT = "body-sent"
    STATUS_READ = "status-read"
    ANSWER_READ = "answer-read"
    RESULT_UNCOMMITTED = "result-uncommitted"
    RESULT_COMMITTED = "result-committed"
    LEDGER_HEAD_BEHIND = "ledger-head-behind"
    APPROVAL_UNCOMMITTED = "approval-uncommitted"
    IMPORT_UNCOMMITTED = "import-uncommitted"
    EXPORT_UNFINISHED = "export-unfinished"
    MIGRATION_UNFINISHED = "migration-unfinished"


class Action(StrEnum):
    KILL9 = "kill9"
    RAISE = "raise"
    HANG = "hang"
    ENOSPC = "enospc"


class FailpointReached(Exception):
    """What the action ``raise`` raises: an error that nobody expects, so nobody catches it by name."""


@dataclass(frozen=True)
class Trap:
    """One armed place: the ``nth`` time that this process passes it, the action happens, and never again."""

    place: Failpoint
    nth: int = 1
    action: Action = Action.KILL9
    _passed: list[None] = field(default_factory=list, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def is_sprung(self) -> bool:
        with self._lock:
            self._passed.append(None)
            return len(self._passed) == self.nth


_armed: Trap | None = None


def parse_trap(text: str) -> Trap | None:
    """Read "place", "place:3", "place:raise" or "place:3:raise"; nothing is no trap. Raises ValueError."""
    if not text:
        return None
    place, *rest = text.split(":")
    number = rest.pop(0) if rest and rest[0].isdecimal() else "1"
    action = rest.pop(0) if rest else Action.KILL9
    if place not in set(Failpoint):
        raise ValueError(f"“{place}” is none of {', '.join(Failpoint)}.")
    if rest or action not in set(Action) or int(number) == 0:
        raise ValueError(f"“{text}” is not of the form place:nth:action, with {', '.join(Action)} for the action.")
    return Trap(Failpoint(place), int(number), Action(action))


def arm(trap: Trap | None) -> None:
    """Set the one trap of this process, or take it away."""
    global _armed
    _armed = trap


def reach(place: Failpoint) -> None:
    """Pass a place. Without a trap there this costs one comparison and does nothing."""
    if _armed is not None and _armed.place is place and _armed.is_sprung():
        _ACTIONS[_armed.action](place)


def _kill(place: Failpoint) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(place: Failpoint) -> None:
    raise FailpointReached(f"The fail-point {place} was reached.")


def _hang(place: Failpoint) -> None:
    Event().wait()


def _fill_the_disk(place: Failpoint) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


_ACTIONS = {Action.KILL9: _kill, Action.RAISE: _raise, Action.HANG: _hang, Action.ENOSPC: _fill_the_disk}
