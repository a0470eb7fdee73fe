"""Keep a cluster of workers alive: start it, listen for its answers, and start it again when they stop coming."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error, connection

from . import keepers, tables
from .groups import Group, clear, holder, lock, sign
from .hearing import Hearing
from .limits import LOADING, Limits

STEP = 0.1
RING_EVERY = 15.0
SCHEDULER = 60  # seconds: django-q2 looks at its schedules every 30, the first time 30 after its start
SHORT_LIVES = 3  # groups in a row that end, or stay silent, before they ever answered

Say = Callable[[str], None]
Clock = Callable[[], datetime]


class Occupied(Exception):
    """Another keeper keeps this folder's workers. The message says which."""


@contextmanager
def sole_keeper(folder: Path) -> Iterator[Path]:
    """Be the only keeper of this host and folder, and yield the file that its group locks; raises Occupied."""
    path = folder / f"keeper.{socket.gethostname()}.lock"
    file = lock(path)
    if file is None:
        raise Occupied(f"Process {holder(path)} already keeps the workers of {folder}. Nothing was started.")
    try:
        sign(file)
        yield folder / f"workers.{socket.gethostname()}.lock"
    finally:
        os.close(file)


class Unfit(Exception):
    """The tables are of another release. The message says what to do."""


class Keeper:
    """One keeper at work; SIGTERM or SIGINT ask it to stop, and a second one not to wait."""

    def __init__(self, path: Path, limits: Limits, *, clock: Clock, say: Say):
        self._path = path
        self._group = Group(path)
        self._limits = limits
        self._clock = clock
        self._say = say
        self._asked = 0
        self._short_lives = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def keep(self) -> bool:
        """Keep the workers until asked to stop; False where they had to be killed, or could not be kept up.

        False too once somebody migrates the database: code of the old release must not go on. Raises Unfit.
        """
        if reason := tables.why_unfit():
            raise Unfit(reason)
        if clear(self._path):
            self._say("Ended the workers that a former keeper had left behind.")
        self._id = keepers.begin(self._path.parent, at=self._clock())
        ring_every = min(RING_EVERY, self._limits.silence / 4)
        self._hearing = Hearing(self._id, ring_every=ring_every, clock=self._clock)
        try:
            return self._keep()
        finally:
            self._group.kill()
            self._note(keepers.end)

    def _keep(self) -> bool:
        self._start()
        while not self._asked:
            if self._hearing.listen():
                self._say("The workers answer.")
            if self._hearing.why_obsolete:
                return self._give_way(self._hearing.why_obsolete)
            if reason := self._why_anew():
                self._short_lives = 0 if self._hearing.has_heard else self._short_lives + 1
                self._group.kill()
                if self._short_lives == SHORT_LIVES:
                    self._say(f"{reason} That was the {SHORT_LIVES}rd time in a row without one answer: giving up.")
                    return False
                self._start_anew(reason)
            time.sleep(STEP)
        return self._stop()

    def _start(self) -> None:
        connection.close()
        manage = settings.BASE_DIR / "manage.py"
        self._group.start([sys.executable, str(manage), "cluster_group", str(self._id), str(self._limits.grace)])
        self._hearing.begin_anew()
        self._say(f"Started {settings.Q_CLUSTER['workers']} workers.")

    def _why_anew(self) -> str:
        if self._group.has_ended():
            return "The process that guards the workers has ended."
        if self._hearing.silence > self._limits.silence + (0 if self._hearing.has_heard else LOADING):
            return f"The workers have not answered for {self._hearing.silence:.0f} seconds."
        if self._hearing.silence_of_schedules > self._limits.silence + SCHEDULER:
            return f"No schedule has been rung for {self._hearing.silence_of_schedules:.0f} seconds."
        return ""

    def _start_anew(self, reason: str) -> None:
        """Start others at once; after workers that never answered only when something may have changed."""
        self._rest(2**self._short_lives - 1)
        if self._asked:
            return
        self._say(f"{reason} All of them were ended, and others take over.")
        self._note(keepers.note_restart)
        self._start()

    def _give_way(self, reason: str) -> bool:
        """Stop, and end as a failure: whatever starts this again starts what fits the database as it is now."""
        self._say(reason)
        self._stop()
        return False

    def _stop(self) -> bool:
        """Let the workers finish; kill them after the grace, or when asked again."""
        self._say(f"Stopping: workers finish what is in flight, for {self._limits.grace:.0f} seconds at most.")
        self._group.ask_to_stop()
        deadline = time.monotonic() + self._limits.grace
        while not self._group.is_gone() and self._asked < 2 and time.monotonic() < deadline:
            time.sleep(STEP)
        if self._group.is_gone():
            self._say("Stopped: every worker has finished.")
            return True
        self._say("Killed the workers that had not finished: a look will settle what they had sent.")
        return False

    def _rest(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not self._asked and time.monotonic() < ends:
            time.sleep(STEP)

    def _note(self, write: Callable[..., None]) -> None:
        try:
            write(self._id, at=self._clock())
        except Error:
            connection.close()

    def _ask(self, *_: object) -> None:
        self._asked += 1
