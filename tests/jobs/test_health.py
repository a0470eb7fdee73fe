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
    assert "by itself, at 12:11 at the latest" in found.next_step


def test_the_moment_is_told_in_the_zone_of_the_console(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    keeper = kept()
    keepers.note_answer(keeper, at=NOW)
    keepers.note_seen(keeper, at=NOW + 5 * MINUTE)

    assert "at 21:11 at the latest" in health.worst(selectors.keepers(), at=NOW + 5 * MINUTE).next_step


def test_new_workers_are_given_the_time_to_load():
    keeper = kept()
    keepers.note_answer(keeper, at=NOW)
    keepers.note_restart(keeper, at=NOW + MINUTE)
    keepers.note_seen(keeper, at=NOW + 6 * MINUTE)

    assert "at 12:13 at the latest" in health.worst(selectors.keepers(), at=NOW + 6 * MINUTE).next_step


def looped(*, rounds: int, rest: timedelta = timedelta(seconds=10)) -> list[tuple[str, list]]:
    """Let keepers begin and give up, one after the other; return what is said while each runs, and after it."""
    at, said = NOW, []
    for _ in range(rounds):
        keeper = kept(at=at)
        for _ in range(2):
            at += timedelta(seconds=4)
            keepers.note_restart(keeper, at=at)
            keepers.note_seen(keeper, at=at)
        said.append(state(at=at) + (stuck_since(at),))
        keepers.end(keeper, at=at)
        at += rest
        said.append(state(at=at) + (stuck_since(at),))
    return said


def stuck_since(at) -> list:
    return [line.since for line in stuck_workers(at=at) if "answered" in line.what]


def test_keepers_that_give_up_one_after_the_other_raise_the_alarm_and_keep_counting():
    said = looped(rounds=20)

    assert said[0] == ("Starting", "busy", [])
    assert said[-2:] == [("Never answered", "bad", [NOW]), ("Never answered", "bad", [NOW])]
    row = Keeper.objects.get()
    assert (row.started_at, row.restarts) == (NOW, 20 * 2 + 19)
    found = health.worst(selectors.keepers(), at=NOW + 6 * MINUTE)
    assert (found.word, found.since) == ("Never answered", NOW)
    assert "read what run_cluster says" in found.next_step


def test_a_keeper_that_begins_much_later_owes_nothing_to_the_one_that_never_answered():
    said = looped(rounds=2, rest=timedelta(hours=1))

    assert said == [("Starting", "busy", []), ("Stopped", "idle", [])] * 2


def test_a_keeper_whose_workers_had_answered_leaves_nothing_behind():
    keeper = kept()
    keepers.note_restart(keeper, at=NOW)
    keepers.note_answer(keeper, at=NOW)

    kept(at=NOW + MINUTE)

    row = Keeper.objects.get()
    assert (row.started_at, row.restarts, row.answered_at) == (NOW + MINUTE, 0, None)


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
