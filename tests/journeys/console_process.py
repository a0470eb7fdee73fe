"""A console of its own: a file database, an environment, and processes that can be killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SET_UP = """
from django.core.management import call_command
for command in ("migrate", "sync_roles", "sync_vendors"):
    call_command(command, verbosity=0)
from django.contrib.auth.models import Group, User
for name, role in [("alice", "Support"), ("bob", "Approver")]:
    User.objects.create_user(name, is_staff=True).groups.add(Group.objects.get(name=role))
"""
WORK = """
from datetime import UTC, datetime, timedelta
from tests.tickets.builders import Clock, work
work(Clock(datetime.now(UTC) + timedelta(seconds={seconds})))
"""


class Console:
    """Alice opens, Bob approves. ``accounts`` are VENDOR_ variables with their addresses."""

    def __init__(self, folder: Path, accounts: dict[str, str]):
        self.folder = folder
        database = {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/console.sqlite3"}
        self._env = {**os.environ, "ENV_FILE": "tests/test.env", **database, **accounts}
        self.shell(SET_UP)

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end and return what it printed; its exit code has to be ``code``."""
        done = subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self._env, **_CAPTURED)
        assert done.returncode == code, done.stderr
        return done.stdout

    def start(self, *command: str) -> subprocess.Popen:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, env=self._env, **silent)

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

    def tickets(self, *options: str) -> list[dict]:
        return json.loads(self.run("list_tickets", "--format=json", *options))


_CAPTURED = {"capture_output": True, "text": True, "timeout": 170}
