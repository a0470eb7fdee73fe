"""Several processes that reserve on the database of the tests, all at once and as fast as they can."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
HAMMER = """
import json, sys, time
from datetime import UTC, datetime
from django.db import transaction
from apps.vendors.accounts import Options
from apps.vendors.models import VendorAccount
from apps.vendors.pace import sleep_until
from apps.vendors.services.pacing import reserve_calls, reserve_looks
from apps.vendors.services.quota import reserve_sends

account, clock = VendorAccount.objects.get(), lambda: datetime.now(UTC)
options = Options(per_day=account.per_day, per_minute=account.per_minute, per_second=account.per_second)
sends, looks, calls = 0, [], []
print("ready", flush=True)
sys.stdin.readline()
ends = time.monotonic() + {seconds}
while time.monotonic() < ends:
    with transaction.atomic():
        sends += reserve_sends(account, options, wanted=3, urgent=False, at=clock())
        looked_at = clock()
        if reserve_looks(account, options, wanted=1, at=looked_at):
            looks.append(looked_at.timestamp())
    [slot] = reserve_calls(account, options, wanted=1, clock=clock)
    if slot.until and sleep_until(slot):  # a full minute is asked again at once, and never slept out
        calls.append(time.monotonic())
print(json.dumps([sends, looks, calls]))
"""


def hammer(*, processes: int, seconds: float) -> list[tuple[int, list[float], list[float]]]:
    """Return what each was granted: how many sends, and when its looks and its calls began."""
    children = [_start(seconds) for _ in range(processes)]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    return [json.loads(child.communicate(timeout=120)[0]) for child in children]


def _start(seconds: float) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", HAMMER.format(seconds=seconds)]
    env = {**os.environ, "DATABASE_URL": _database_url()}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _database_url() -> str:
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{there['NAME']}"
    login = f"{there['USER']}:{there['PASSWORD']}" if there["PASSWORD"] else there["USER"]
    return f"postgres://{login}@{there['HOST'] or '127.0.0.1'}:{there['PORT'] or 5432}/{there['NAME']}"
