"""The processes of one cluster as one thing: started together, asked together, killed together, and provably gone.

All of them inherit one lock on one file; the system frees it when the last of them has ended, whatever they died of. So
a free lock proves that nobody is left, and a held one that the group in the file is still the one that holds it.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

STEP = 0.1
DEATH = 10.0  # what the system may need to end killed processes


class Survivors(Exception):
    """Processes of a former group could not be ended. The message says which."""


def lock(path: Path) -> int | None:
    """Return a locked file that other processes may inherit, or None where somebody holds the lock."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def is_held(path: Path) -> bool:
    file = lock(path)
    if file is not None:
        os.close(file)
    return file is None


def sign(file: int) -> None:
    """Write who holds the lock: the first process of a group is called like the group."""
    os.truncate(file, 0)
    os.pwrite(file, str(os.getpid()).encode(), 0)


def holder(path: Path) -> int:
    """Return who signed; 0 where nobody has yet."""
    return int(path.read_bytes() or 0)


def clear(path: Path) -> bool:
    """Kill whoever holds the lock, and return whether there was anybody; raises Survivors where they do not end.

    A group that has not signed yet is without a keeper, and ends by itself as soon as it has started.
    """
    if not is_held(path):
        return False
    deadline = time.monotonic() + DEATH
    while is_held(path):
        if time.monotonic() > deadline:
            raise Survivors(f"Processes of the group {holder(path)} do not end: end them by hand.")
        if group := holder(path):
            _kill(group)
        time.sleep(STEP)
    return True


class Group:
    """A command in a session of its own, with all that it forks."""

    def __init__(self, path: Path):
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._started = 0.0

    def start(self, command: Sequence[str]) -> None:
        """Start it with two further arguments: the pipe that ends when it is asked to stop, and the lock to sign."""
        file = lock(self._path)
        if file is None:
            raise Survivors(f"Processes of the group {holder(self._path)} are still there.")
        os.truncate(file, 0)
        pipe, self._lifeline = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 (the command is the console's own)
            [*command, str(pipe), str(file)],
            stdin=subprocess.DEVNULL,
            pass_fds=(pipe, file),
            start_new_session=True,
        )
        os.close(pipe)
        os.close(file)
        self._started = time.monotonic()

    @property
    def age(self) -> float:
        return time.monotonic() - self._started

    def has_ended(self) -> bool:
        """Tell whether the first process has ended; what it forked may live on."""
        return self._process is None or self._process.poll() is not None

    def is_gone(self) -> bool:
        return self.has_ended() and not is_held(self._path)

    def ask_to_stop(self) -> None:
        """End the pipe: workers finish what is in flight and take nothing new."""
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    def kill(self) -> None:
        """Kill all of it and return once nobody is left; raises Survivors."""
        self.ask_to_stop()
        if self._process is None:
            return
        if self._process.poll() is None:
            _kill(self._process.pid)
            self._process.wait()
        clear(self._path)


def _kill(group: int) -> None:
    # macOS refuses a group of which only zombies are left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
