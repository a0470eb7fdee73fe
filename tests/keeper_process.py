"""`manage.py run_cluster` as a service runs it, the processes below it, and what is left of them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROCESSES = Path("/proc")
SILENCE = 5  # seconds; far less than a service needs, since nothing here takes as long
ROLES = ["worker", "other worker", "monitor", "pusher"]  # in the order in which they are forked, and replaced


class KeeperProcess:
    """A keeper of the console in a folder, which ``env`` names as VAR_DIR."""

    def __init__(self, env: dict[str, str], *, silence: float = SILENCE, grace: float = 15):
        self._env = env
        self.said: list[str] = []
        self._roles: dict[str, int] = {}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run_cluster", f"--silence={silence}", f"--grace={grace}"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def has_said(self, words: str, *, times: int = 1, seconds: float = 30) -> None:
        """Wait until a line with these words was said so many times."""
        until(
            lambda: sum(words in line for line in self.said) >= times, seconds=seconds, why=lambda: "".join(self.said)
        )

    def cluster(self) -> dict[str, int]:
        """Wait until the cluster is complete and has answered, and name its processes.

        Call it after each death: whoever was replaced since the last call is told by the names that became free.
        """
        until(lambda: self._has_answered() and self._read_roles(), seconds=60, why=lambda: "".join(self.said))
        return dict(self._roles)

    def processes(self) -> list[int]:
        """List every process of this folder but the keeper, whoever its parent is by now."""
        return [pid for pid in processes_with(f"VAR_DIR={self._env['VAR_DIR']}") if pid != self.process.pid]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def end(self) -> None:
        """Leave nothing behind, whatever a test did."""
        self.process.kill()
        self.process.wait()
        for pid in self.processes():
            kill(pid)
        self._reader.join(timeout=5)
        self.process.stdout.close()

    def _has_answered(self) -> bool:
        started, answered = (sum(words in line for line in self.said) for words in ("Started", "The workers answer"))
        return started == answered > 0

    def _read_roles(self) -> bool:
        """Name the living processes, unless some are missing."""
        mains = children(self.process.pid)
        sentinels = children(mains[0]) if mains else []
        living = children(sentinels[0]) if sentinels else []
        if len(living) != len(ROLES):
            return False
        known = {role: pid for role, pid in self._roles.items() if pid in living}
        free = [role for role in ROLES if role not in known]
        new = [pid for pid in living if pid not in known.values()]
        self._roles = {"main": mains[0], "sentinel": sentinels[0], **known, **dict(zip(free, new, strict=True))}
        return True

    def _read(self) -> None:
        for line in self.process.stdout:
            self.said.append(line)


def children(pid: int) -> list[int]:
    """List the living children of a process, oldest first."""
    found = []
    for stat in PROCESSES.glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return sorted(found)


def processes_with(variable: str) -> list[int]:
    """List the processes that were started with this in their environment."""
    found = []
    for entry in PROCESSES.glob("[0-9]*/environ"):
        with suppress(OSError):
            if variable.encode() in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return sorted(found)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def until(
    is_true: Callable[[], bool],
    *,
    seconds: float = 30,
    why: Callable[[], str] = str,
    progress: Callable[[], object] = lambda: None,
) -> None:
    """Wait so many seconds at most, which begin anew whenever ``progress`` returns something else."""
    seen, give_up_at = progress(), time.monotonic() + seconds
    while not is_true():
        if progress() != seen:
            seen, give_up_at = progress(), time.monotonic() + seconds
        assert time.monotonic() < give_up_at, why()
        time.sleep(0.05)
