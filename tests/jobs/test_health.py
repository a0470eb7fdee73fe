"""What is said of workers, judged from the rows of their keepers."""

from datetime import timedelta
from pathlib import Path

import pytest

from apps.jobs import health, keepers, selectors
from apps.jobs.models import Job, Keeper
from apps.jobs.services import ring_beat
from apps.jobs.stuck import stuck_jobs, stuck_workers
from tests.constants import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def kept(*, folder: str = "/var/console", at=NOW) -> int:
    return keepers.begin(Path(folder), at=at)


def state(*, at) -> tuple[str, str]:
    found = health.state_of(Keeper.objects.get(), at=at)
    return found.word, found.tone


def test_workers_that_answer_are_well():
    keepers.note_answer(kept(), at=NOW)

    assert state(at=NOW + 3 * MINUTE) == ("Answering", "good")
    assert health.worst(selectors.keepers(), at=NOW + 3 * MINUTE) is None


def test_new_workers_are_starting_and_no_alarm():
    kept()

    assert state(at=NOW + MINUTE) == ("Starting", "busy")
    assert health.worst(selectors.keepers(), at=NOW + MINUTE) is None


def test_silent_workers_with_a_keeper_are_started_again_by_it():
    keeper = kept()
    keepers.note_answer(keeper, at=NOW)
    keepers.note_seen(keeper, at=NOW + 5 * MINUTE)

    found = health.worst(selectors.keepers(), at=NOW + 5 * MINUTE)

    assert (found.word, found.since) == ("Silent", NOW)
    assert f"by itself, at {NOW + timedelta(seconds=630):%H:%M} UTC" in found.next_step


def test_silent_workers_without_a_keeper_need_a_person():
    keepers.note_answer(kept(), at=NOW)

    [line] = [line for line in stuck_workers(at=NOW + 5 * MINUTE) if "answered" in line.what]

    assert line.since == NOW
    assert "start run_cluster on" in line.next_step


def test_one_host_that_answers_is_enough_to_raise_no_alarm():
    kept(folder="/var/silent")
    keepers.note_answer(kept(folder="/var/well", at=NOW + 9 * MINUTE), at=NOW + 9 * MINUTE)

    assert health.worst(selectors.keepers(), at=NOW + 10 * MINUTE) is None
    assert len(stuck_workers(at=NOW + 10 * MINUTE)) == 1


def test_workers_that_were_all_stopped_are_an_alarm_and_not_stuck():
    keepers.end(kept(), at=NOW)

    assert health.worst(selectors.keepers(), at=NOW).word == "Stopped"
    assert [line for line in stuck_workers(at=NOW) if "answered" in line.what] == []


def test_a_host_that_is_gone_since_yesterday_is_forgotten():
    kept(folder="/var/gone")

    kept(folder="/var/new", at=NOW + timedelta(days=2))

    assert Keeper.objects.get().name.endswith("/var/new")


def test_the_queue_tells_its_length_and_its_oldest_message(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ring_beat()
        ring_beat()

    queue = selectors.queue()

    assert queue.waiting == 2
    assert queue.oldest_at is not None


def test_a_job_that_nobody_takes_up_is_stuck(alice):
    job = Job.objects.create(kind="tickets.open", total=300, done=100, created_by=alice, created_at=NOW)

    early, late = stuck_jobs(at=NOW + 9 * MINUTE), stuck_jobs(at=NOW + 10 * MINUTE)

    assert early == []
    assert [(line.what, line.since) for line in late] == [(f"Job {job.pk} (tickets.open) rests at 100 of 300", NOW)]


def test_a_job_whose_worker_died_is_stuck_once_nobody_takes_the_next_turn(alice):
    Job.objects.create(kind="tickets.open", turn=3, leased_until=NOW, created_by=alice, created_at=NOW - 60 * MINUTE)

    assert [line.since for line in stuck_jobs(at=NOW + 10 * MINUTE)] == [NOW]
