"""Asked to stop while a vendor answers: the answer is written, nothing new is taken, every lease is given back."""

import json
import signal

import pytest

from tests.keeper_process import PROCESSES, KeeperProcess, until

from .console_process import Console

pytestmark = pytest.mark.database

OPEN_THREE = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from tests.tickets.builders import Clock, approve_one, open_one, work
now = datetime.now(UTC)
people = ["ada@example.com", "bea@example.com", "cleo@example.com"]
tickets = [open_one(person, opened_by=User.objects.get(username="alice"), at=now) for person in people]
work(Clock(now))
for ticket in tickets:
    approve_one(ticket, approved_by=User.objects.get(username="bob"), at=now)
"""
LEFT = """
import json
from apps.tickets.models import Attempt, Erasure
from apps.vendors.models import Lane
print(json.dumps({
    "leases": Erasure.objects.exclude(leased_until=None).count() + Lane.objects.exclude(leased_until=None).count(),
    "open": Attempt.objects.filter(answered_at=None).count(),
    "states": sorted(Erasure.objects.values_list("status", flat=True)),
}))
"""


@pytest.fixture
def console(tmp_path, sandbox) -> Console:
    """Three people approved, one request at a time, and a vendor that takes three seconds for each."""
    url = f"{sandbox.bento_url}&timeout=30&verify_after=1h,2h&concurrency=1&per_minute=600"
    console = Console(tmp_path, {"VENDOR_BENTO": url})
    sandbox.add_many([{"vendor": "bento", "email": email} for email in ("bea@example.com", "cleo@example.com")])
    console.shell(OPEN_THREE)
    sandbox.fault(path="delet", wire="whole", seconds=3, times=0)
    return console


def is_orderly(console: Console, sandbox) -> None:
    left = json.loads(console.shell(LEFT))

    assert left == {"leases": 0, "open": 0, "states": ["accepted", "queued", "queued"]}
    assert len(sandbox.deletions()) == 1


@pytest.mark.parametrize(("number", "options"), [(signal.SIGTERM, []), (signal.SIGINT, ["--until-idle"])])
def test_work_finishes_what_is_in_flight(console, sandbox, number, options):
    process = console.start("work", *options)
    until(sandbox.deletions)

    process.send_signal(number)

    assert process.wait(timeout=20) == 0
    is_orderly(console, sandbox)


@pytest.mark.skipif(not PROCESSES.exists(), reason="What is left running is read from /proc.")
def test_the_workers_of_a_keeper_finish_what_is_in_flight(console, sandbox):
    keeper = KeeperProcess(console.env, silence=60)
    try:
        until(sandbox.deletions, seconds=60)

        assert keeper.stop() == 0, keeper.said
        is_orderly(console, sandbox)
    finally:
        keeper.end()
