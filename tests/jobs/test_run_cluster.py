"""`manage.py run_cluster` and everything that may happen to it, with real processes."""

import signal

import pytest

from tests.journeys.console_process import Console
from tests.keeper_process import PROCESSES, KeeperProcess, kill, until

pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif(not PROCESSES.exists(), reason="What is left running is read from /proc."),
]

ANSWERED = "from apps.jobs.models import Keeper; print(Keeper.objects.get().answered_at is not None)"
LONG_TASK = """
from apps.jobs.services import ring
for _ in range(2):
    ring("time.sleep", 60)
"""
MIGRATED = """
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder(connection).record_applied("jobs", "9999_of_the_next_release")
"""
NOT_MIGRATED = MIGRATED.replace("record_applied", "record_unapplied")


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Console:
    return Console(tmp_path_factory.mktemp("keeper"), {})


@pytest.fixture
def keep(console):
    """Start keepers, and leave no process of theirs behind."""
    started = []

    def start(**limits) -> KeeperProcess:
        started.append(KeeperProcess(console.env, **limits))
        return started[-1]

    yield start
    for keeper in started:
        keeper.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_asked_and_leaves_no_process_behind(keep, number):
    keeper = keep()
    keeper.cluster()

    code = keeper.stop(number)

    assert code == 0, keeper.said
    assert keeper.processes() == []
    assert "Stopped: every worker has finished." in keeper.said[-1]


def test_a_second_keeper_of_the_same_folder_is_refused(keep):
    first = keep()
    first.has_said("Started 2 workers.")

    second = keep()

    assert second.process.wait(timeout=30) == 2
    second.has_said(f"Process {first.process.pid} already keeps the workers")
    assert first.stop() == 0


def test_workers_end_when_their_keeper_is_killed(keep):
    keeper = keep()
    keeper.cluster()

    kill(keeper.process.pid)

    until(lambda: keeper.processes() == [])


def test_the_next_keeper_ends_what_is_left_when_keeper_and_main_process_were_killed(keep):
    first = keep()
    cluster = first.cluster()
    kill(first.process.pid)
    kill(cluster["main"])
    until(lambda: len(set(first.processes()) & set(cluster.values())) == 5)

    second = keep()

    second.has_said("Ended the workers that a former keeper had left behind.")
    assert not set(second.cluster().values()) & set(cluster.values())
    assert second.stop() == 0
    assert second.processes() == []


def test_a_second_signal_kills_what_does_not_finish(keep, console):
    keeper = keep(silence=60, grace=60)
    keeper.cluster()
    console.shell(LONG_TASK)
    until(lambda: console.shell(WAITING).strip() == "0")

    keeper.process.terminate()
    keeper.has_said("Stopping")
    code = keeper.stop()

    assert code == 1
    assert keeper.processes() == []
    assert "Killed the workers that had not finished" in keeper.said[-1]


WAITING = "from apps.jobs.selectors import queue; print(queue().waiting)"


def test_workers_of_an_old_release_stop_when_somebody_migrates_the_database(keep, console):
    keeper = keep()
    keeper.cluster()

    console.shell(MIGRATED)

    keeper.has_said("The database was migrated while workers ran.")
    assert keeper.process.wait(timeout=30) == 1
    assert keeper.processes() == []
    again = keep()
    assert again.process.wait(timeout=30) == 2
    again.has_said("The database was migrated by a newer release.")
    console.shell(NOT_MIGRATED)
