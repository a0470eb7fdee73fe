"""Deletions a second that a lane sends, against a bare loop over one session that sends the same and records nothing.

    ENV_FILE=tests/test.env DATABASE_URL=sqlite:////tmp/bench3.sqlite3 python -m tests.bench.lane [DELETIONS]

Use an empty database of its own. Both take turns against one sandbox, so that whatever else the machine does strikes
both; compare their ratio.
"""

import os
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

import requests  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from apps.console.roles import Role  # noqa: E402
from apps.tickets.models import Attempt  # noqa: E402
from apps.tickets.services.lane import work_lane  # noqa: E402
from apps.vendors.models import VendorAccount  # noqa: E402
from tests.sandbox_process import Sandbox  # noqa: E402
from tests.tickets.builders import Clock, accounts, approve_one, open_one, work  # noqa: E402

ROUNDS = 3
A_SLICE = 600.0  # seconds, longer than any round


def main(deletions: int) -> None:
    call_command("migrate", verbosity=0)
    call_command("sync_roles", verbosity=0)
    alice, bob = (_member(name) for name in ("alice", "bob"))
    clock = Clock()
    with Sandbox() as sandbox:
        accounts(sandbox, "blueshift", per_day=1_000_000, verify_after="30d")
        seconds = {"bare session": 0.0, "lane": 0.0}
        for number in range(ROUNDS):
            people = [f"p{number}-{place}@example.org" for place in range(deletions // ROUNDS)]
            sandbox.add_many([{"vendor": "blueshift", "email": email} for email in people])
            _make_ready(people, alice, bob, clock)
            seconds["lane"] += _timed(lambda: _send(clock))
            seconds["bare session"] += _timed(lambda people=people: _bare(sandbox, people))
    rates = {name: Attempt.objects.count() / spent for name, spent in seconds.items()}
    for name, rate in rates.items():
        print(f"{name:<14} {rate:7.1f} deletions/s, {rate / rates['bare session']:5.2f} x the bare session")


def _member(name: str) -> User:
    user = User.objects.create_user(name)
    user.groups.add(*Group.objects.filter(name__in=[Role.SUPPORT, Role.APPROVER]))
    return user


def _make_ready(people: list[str], alice: User, bob: User, clock: Clock) -> None:
    """Bring everybody to where only the request is left to do."""
    tickets = [open_one(email, opened_by=alice, at=clock()) for email in people]
    work(clock)
    for ticket in tickets:
        approve_one(ticket, approved_by=bob, at=clock())
    clock.advance(hours=1)


def _send(clock: Clock) -> None:
    work_lane(VendorAccount.objects.get(), clock=clock, seconds=A_SLICE)


def _bare(sandbox: Sandbox, people: list[str]) -> None:
    with requests.Session() as session:
        session.auth = (urlsplit(sandbox.blueshift_url).username, "")
        for email in people:
            body = {"email": email, "delete_all_matching_customers": True}
            session.post(f"{sandbox.base_url}/api/v1/customers/delete", json=body, timeout=30).raise_for_status()


def _timed(case: Callable[[], object]) -> float:
    started = time.perf_counter()
    case()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
