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


class KeeperProcess:
    """A keeper of the console in a folder, which ``env`` names as VAR_DIR."""

    def __init__(self, env: dict[str, str], *, silence: float = SILENCE, grace: float = 15):
        self._env = env
        self.said: list[str] = []
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
        """Wait until the cluster is complete and answers, and name its processes, which start in this order."""
        until(self._is_complete, seconds=60, why=lambda: "".join(self.said))
        main = children(self.process.pid)[0]
        names = ["main", "sentinel", "worker", "other worker", "monitor", "pusher"]
        return dict(zip(names, [main, *children(main), *self._below_sentinel()], strict=True))

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

    def _is_complete(self) -> bool:
        started, answered = (sum(words in line for line in self.said) for words in ("Started", "The workers answer"))
        return started == answered > 0 and len(self._below_sentinel()) == 4

    def _below_sentinel(self) -> list[int]:
        mains = children(self.process.pid)
        sentinels = children(mains[0]) if mains else []
        return children(sentinels[0]) if sentinels else []

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


def until(is_true: Callable[[], bool], *, seconds: float = 30, why: Callable[[], str] = str) -> None:
    give_up_at = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < give_up_at, why()
        time.sleep(0.05)
