"""`manage.py demo` as a person runs it: a process of its own, with files and ports of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .keeper_process import processes_with

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def demos(folder) -> Iterator:
    """Give a function that starts a demo in this folder; whatever is left of it is killed afterwards."""
    started = []

    def start(port):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=surroundings(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    for pid in processes_of(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def surroundings(folder):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ENV_FILE": str(folder / ".env"),
        "VAR_DIR": str(folder / "var"),
    }


def read_until(process, words):
    """Return what the demo has said, up to the line with these words."""
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return "".join(said)
    raise AssertionError("The demo ended early:\n" + "".join(said))


def logins_of(welcome):
    return [line for line in welcome.splitlines() if line.strip().startswith(("alice", "bob", "carol", "olga"))]


def processes_of(folder):
    """List the processes that were started with this folder as theirs."""
    return processes_with(f"VAR_DIR={folder / 'var'}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
