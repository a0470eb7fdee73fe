"""Each process of the cluster is killed in turn: the work goes on, no process is left over, nothing is doubled."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.keeper_process import PROCESSES, KeeperProcess, kill, until
from tests.sandbox_process import Sandbox

from .console_process import Console

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(not PROCESSES.exists(), reason="What is left running is read from /proc."),
]

APPROVED = """
from datetime import UTC, datetime
from django.contrib.auth.models import User
from tests.tickets.builders import approve_one, open_one
now = datetime.now(UTC)
ticket = open_one({email!r}, opened_by=User.objects.get(username="alice"), at=now)
approve_one(ticket, approved_by=User.objects.get(username="bob"), at=now)
"""
BUSY = """
from apps.tickets.models import Erasure
print(Erasure.objects.exclude(leased_until=None).get().lease_owner.split(":")[1])
"""
ANSWERED = """
from apps.jobs.models import Keeper
print(Keeper.objects.get().answered_at.timestamp())
"""
LATER = """
from datetime import UTC, datetime
from apps.jobs.services import ring
from apps.tickets.models import Erasure
from apps.vendors.models import Lane
for rows in (Erasure.objects, Lane.objects):
    rows.exclude(leased_until=None).update(leased_until=datetime.now(UTC))
ring("apps.tickets.tasks.sweep")
"""


@dataclass
class Kept:
    """A console whose cluster is kept, and the vendor that counts what it sends."""

    console: Console
    keeper: KeeperProcess
    sandbox: Sandbox
    asked: list[str] = field(default_factory=list)

    def erase(self, email: str) -> None:
        """Have somebody asked for, approved and sent, whatever happened before."""
        self.asked.append(email)
        self.sandbox.add("bento", email)
        self.console.shell(APPROVED.format(email=email))
        self.wait_for(lambda: self.sandbox.deletions(email))

    def is_whole(self) -> None:
        """One cluster, complete, and not one process beside it.

        Whoever died in the possession of a queue silences the others, and the keeper takes its time to notice: only an
        answer from now on shows that the cluster is one that stays.
        """
        asked_at = time.time()
        self.wait_for(lambda: float(self.console.shell(ANSWERED)) > asked_at)
        self.wait_for(lambda: self.keeper.processes() == sorted(self.keeper.cluster().values()))

    def wait_for(self, is_true: Callable[[], bool]) -> None:
        """Wait for a minute from the keeper's last word on: on a busy machine new workers alone may need half of it."""
        until(
            is_true,
            seconds=60,
            why=lambda: f"{self.keeper.processes()}\n{''.join(self.keeper.said)}",
            progress=lambda: len(self.keeper.said),
        )


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Iterator[Kept]:
    with Sandbox() as sandbox:
        account = {"VENDOR_BENTO": f"{sandbox.bento_url}&timeout=30&verify_after=1s,2s,3s&per_minute=600&retry_base=1s"}
        console = Console(tmp_path_factory.mktemp("kept"), account)
        keeper = KeeperProcess(console.env)
        yield Kept(console, keeper, sandbox)
        keeper.end()


@pytest.mark.parametrize(
    "victims",
    [["main"], ["sentinel"], ["monitor"], ["pusher"], ["worker"], ["other worker"], ["worker", "other worker"]],
)
def test_the_work_goes_on_after_a_process_was_killed_while_idle(kept, victims):
    cluster = kept.keeper.cluster()
    for victim in victims:
        kill(cluster[victim])

    email = f"{'-and-'.join(victims).replace(' ', '-')}@example.com"
    kept.erase(email)

    kept.is_whole()
    assert len(kept.sandbox.deletions(email)) == 1


def test_a_worker_killed_while_the_vendor_answers_is_replaced_and_sends_nothing_twice(kept):
    email = "busy@example.com"
    kept.keeper.cluster()
    kept.sandbox.fault(path="delet", wire="timeout", seconds=25, effect=True)
    kept.erase(email)
    kill(int(kept.console.shell(BUSY)))
    kept.console.shell(LATER)

    def is_over() -> bool:
        return [ticket["status"] for ticket in kept.console.tickets()][-1] == "completed"

    kept.wait_for(is_over)
    kept.is_whole()
    assert len(kept.sandbox.deletions(email)) == 1


def test_in_the_end_everything_was_asked_for_once_and_the_keeper_stops_in_order(kept):
    deletions = {email: len(kept.sandbox.deletions(email)) for email in kept.asked}

    assert kept.keeper.stop() == 0
    assert kept.keeper.processes() == []
    assert deletions == dict.fromkeys(kept.asked, 1)
    kept.console.run("verify_ledger")
