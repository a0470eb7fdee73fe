"""A console of its own: a database and a queue that nobody shares, an environment, and processes that can be killed."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any, Self

from tests.places import own_places
from tests.sandbox_process import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
SET_UP = """
from django.core.management import call_command
for command in ("migrate", "sync_roles", "sync_vendors"):
    call_command(command, verbosity=0)
from django.contrib.auth.models import Group, User
for name, role in [("alice", "Support"), ("bob", "Approver"), ("olga", "Operator")]:
    User.objects.create_user(name, is_staff=True).groups.add(Group.objects.get(name=role))
"""
WORK = """
from datetime import UTC, datetime, timedelta
from tests.tickets.builders import Clock, work
work(Clock(datetime.now(UTC) + timedelta(seconds={seconds})))
"""


class Console:
    """Alice opens, Bob approves. ``accounts`` are VENDOR_ variables with their addresses.

    It runs on the engine of the tests.
    """

    def __init__(self, folder: Path, accounts: dict[str, str]):
        self.folder = folder
        self.env = {**os.environ, "ENV_FILE": "tests/test.env", **own_places(folder), **accounts}
        self.shell(SET_UP)

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end and return what it printed; its exit code has to be ``code``."""
        done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.env, **_CAPTURED)
        assert done.returncode == code, done.stderr
        return done.stdout

    def start(self, *command: str, **options: Any) -> subprocess.Popen:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "manage.py", *command]
        return subprocess.Popen(command, cwd=ROOT, env=self.env, **{**silent, **options})

    def elsewhere(self, folder: Path) -> Self:
        """Return the same console on another host: one database and one queue, files of its own."""
        other = copy(self)
        other.folder, other.env = folder, {**self.env, "VAR_DIR": str(folder)}
        return other

    def shell(self, code: str, *, killed: bool = False) -> str:
        return self.run("shell", "--verbosity=0", "--command", code, code=-signal.SIGKILL if killed else 0)

    def work(self, *, later: float = 0) -> None:
        """Work everything that is due ``later`` seconds from now."""
        self.shell(WORK.format(seconds=later))

    def start_working(self, *, later: float = 0) -> subprocess.Popen:
        return self.start("shell", "--command", WORK.format(seconds=later))

    def open(self, rows: str, *, code: int = 0) -> str:
        """Open tickets from the rows of a file, as Alice."""
        file = self.folder / "people.csv"
        file.write_text(rows, encoding="utf-8")
        return self.run("open_tickets", str(file), "--as=alice", "--identity-basis=checked elsewhere", code=code)

    def approve(self) -> str:
        return self.run("approve_tickets", "--as=bob", "--all", "--sources-paused")

    def breaches(self, sandbox: Sandbox, *options: str, later: float = 0) -> str:
        """Compare with the sandbox's journal in a process of its own; what it prints is empty where all is well."""
        command = [sys.executable, "-m", "tests.invariants", f"--sandbox={sandbox.base_url}", f"--later={later}"]
        done = subprocess.run([*command, *options], cwd=ROOT, env=self.env, **_CAPTURED)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout if done.returncode else ""

    def tickets(self, *options: str) -> list[dict]:
        return json.loads(self.run("list_tickets", "--format=json", *options))


class Cluster:
    """Workers beside a console while the block lasts; what does not end in time is killed, children too."""

    def __init__(self, console: Console):
        self._console = console

    def __enter__(self) -> Self:
        self._process = self._console.start("qcluster", start_new_session=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=30)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


_CAPTURED = {"capture_output": True, "text": True, "timeout": 570}
