"""Child processes that are started, watched and stopped together, and leave no process of theirs behind."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from django.conf import settings

GRACE = 10.0
SETTLED = 5.0
STEP = 0.1


class Stopped(Exception):
    """A person, or the system, asked the demo to end."""


class Unfit(Exception):
    """A process ended, or did not answer in time. The message says which and shows the end of its log."""


class Child:
    """A process in a session of its own, so that Ctrl-C reaches the demo alone and its whole group can be killed."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, is_replaceable: bool) -> None:
        self.name = name
        self.is_replaceable = is_replaceable
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (the commands are the demo's own)
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=settings.BASE_DIR,
                start_new_session=True,
            )
        self._started = time.monotonic()

    @property
    def group(self) -> int:
        """The id of its session and process group; 0 before the start, lest the demo's own be meant."""
        return self._process.pid if self._process else 0

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def has_settled(self) -> bool:
        return time.monotonic() - self._started > SETTLED

    def printed(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ask_to_stop(self) -> None:
        if self.is_running():
            self._process.terminate()

    def kill(self) -> None:
        """Kill whatever is left of the group; the main process alone may be long gone."""
        if self.group == 0:
            return
        try:
            os.killpg(self.group, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    def failure(self, what: str) -> Unfit:
        end = "\n".join(self.printed().splitlines()[-15:])
        return Unfit(f"The {self.name} {what}. The end of {self._log}:\n{end}")


class Patience:
    """Rest between two looks. Signals are noted and raise Stopped here, never between a start and its bookkeeping."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())

    def rest(self) -> None:
        if self._stop.wait(STEP):
            raise Stopped

    def wait_until(self, is_true: Callable[[], bool], child: Child, *, seconds: float = 30.0) -> None:
        """Return once it is true; raises Unfit when the child ends first or takes longer."""
        deadline = time.monotonic() + seconds
        while not is_true():
            if not child.is_running() or time.monotonic() > deadline:
                raise child.failure("did not start")
            self.rest()

    def watch(self, children: Iterable[Child], *, say: Callable[[str], None]) -> None:
        """Keep the children alive until Stopped; raises Unfit for one that cannot be replaced."""
        children = list(children)
        while True:
            self.rest()
            for child in children:
                if not child.is_running():
                    _replace(child, say)


def stop_all(children: Iterable[Child]) -> None:
    """Ask each to stop, last started first; after the grace kill what is left."""
    children = list(children)
    deadline = time.monotonic() + GRACE
    for child in reversed(children):
        child.ask_to_stop()
    while time.monotonic() < deadline and any(child.is_running() for child in children):
        time.sleep(STEP)
    for child in children:
        child.kill()


def is_answering(port: int) -> bool:
    """Tell whether a web server answers there, with whatever status."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
        except (OSError, HTTPException):
            return False
        return True


def is_port_used(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _replace(child: Child, say: Callable[[str], None]) -> None:
    child.kill()
    if not (child.is_replaceable and child.has_settled()):
        raise child.failure("has ended")
    say(f"The {child.name} has ended; another one takes over.")
    child.start()
