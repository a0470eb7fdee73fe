"""Workers are killed in the middle, as a power cut or the kernel would; the sandbox counts what the vendors saw."""

import subprocess
import time

import pytest

from tests.sandbox_process import Sandbox

from .console_process import Console

pytestmark = pytest.mark.database

APPROVED = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from tests.tickets.builders import Clock, approve_one, open_one, work
now = datetime.now(UTC)
ticket = open_one(opened_by=User.objects.get(username="alice"), at=now)
work(Clock(now))
approve_one(ticket, approved_by=User.objects.get(username="bob"), at=now)
"""
CLAIM_AND_DIE = """
import os, signal
from datetime import UTC, datetime
from apps.tickets.services.claiming import Worker, claim
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configuration_of
account = VendorAccount.objects.get()
worker = Worker(configuration_of(account), account, "killed")
assert [step for step in claim(worker, wanted=1, looks_first=False, at=datetime.now(UTC)) if step.attempt]
os.kill(os.getpid(), signal.SIGKILL)
"""
MINUTE, HOUR = 60, 3600


@pytest.fixture
def console(tmp_path, sandbox) -> Console:
    """Ada at Bento, looked at and approved."""
    console = Console(tmp_path, {"VENDOR_BENTO": f"{sandbox.bento_url}&timeout=30&verify_after=1h,2h&retry_base=1"})
    console.shell(APPROVED)
    return console


def erasure(console: Console) -> dict:
    [ticket] = console.tickets()
    return ticket["erasures"][0]


def kill_after(requests: int, worker: subprocess.Popen, sandbox: Sandbox) -> None:
    """Kill the worker while the vendor holds back the answer to its latest deletion request."""
    give_up_at = time.monotonic() + 30
    while len(sandbox.deletions()) < requests and time.monotonic() < give_up_at:
        time.sleep(0.05)
    worker.kill()
    worker.wait()


def test_a_worker_killed_while_the_vendor_answers_erases_nobody_twice(console, sandbox):
    sandbox.fault(path="delet", wire="timeout", seconds=20, effect=True)
    kill_after(1, console.start("work"), sandbox)

    assert (erasure(console)["status"], erasure(console)["attempts"]) == ("sending", 1)

    console.work(later=2 * MINUTE)

    assert erasure(console)["status"] == "outcome_unknown"

    console.work(later=2 * HOUR)

    [ticket] = console.tickets()
    assert (ticket["status"], ticket["resolution"]) == ("completed", "erased_verified")
    assert [request["action"] for request in sandbox.journal()] == ["find", "delete", "find", "find"]
    assert console.breaches(sandbox, later=72 * HOUR) == ""


def test_a_worker_killed_before_its_request_left_loses_nothing(console, sandbox):
    console.shell(CLAIM_AND_DIE, killed=True)

    assert (erasure(console)["status"], erasure(console)["attempts"]) == ("sending", 1)

    console.work(later=2 * MINUTE)
    console.work(later=2 * HOUR)

    assert (erasure(console)["status"], erasure(console)["attempts"]) == ("accepted", 2)
    assert [request["action"] for request in sandbox.journal()] == ["find", "find", "delete"]
    assert console.breaches(sandbox, later=72 * HOUR) == ""


def test_an_erasure_that_two_workers_died_on_is_never_tried_a_third_time(console, sandbox):
    sandbox.fault(path="delet", wire="timeout", seconds=20, times=0)
    kill_after(1, console.start_working(), sandbox)
    console.work(later=2 * MINUTE)
    kill_after(2, console.start_working(later=2 * HOUR), sandbox)

    for hours in (3, 24, 72):
        console.work(later=hours * HOUR)

    assert (erasure(console)["status"], erasure(console)["attempts"]) == ("outcome_unknown", 2)
    assert len(sandbox.deletions()) == 2
    assert console.breaches(sandbox, later=72 * HOUR) == ""
