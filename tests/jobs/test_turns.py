"""Long work goes in turns: each is worked once, and what fails again and again ends."""

import logging
from datetime import timedelta

import pytest

from apps.jobs import services, tasks
from apps.jobs.models import Job
from tests.constants import NOW

BROKEN = "tests.jobs.broken.work"
HARMLESS = "django.utils.text.slugify"


@pytest.fixture
def job(alice) -> Job:
    return Job.objects.create(kind="tests", created_by=alice, created_at=NOW)


def test_a_turn_is_taken_once(job):
    taken = [services.take_turn(job.pk, 0, at=NOW) for _ in range(3)]

    assert taken == [True, False, False]


def test_the_next_turn_waits_for_the_lease_or_the_end_of_this_one(job):
    services.take_turn(job.pk, 0, at=NOW)

    early = services.take_turn(job.pk, 1, at=NOW)
    late = services.take_turn(job.pk, 1, at=NOW + services.LEASE)
    services.end_turn(job.pk)
    ended = services.take_turn(job.pk, 2, at=NOW)

    assert (early, late, ended) == (False, True, True)


def test_rings_that_pile_up_leave_one_chain(job, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as rings:
        for _ in range(5):
            tasks.run_turn(HARMLESS, job.pk, 0)

    assert len(rings) == 1


def test_a_finished_job_is_not_rung_for_again(job, django_capture_on_commit_callbacks):
    Job.objects.update(status=Job.Status.DONE)

    with django_capture_on_commit_callbacks() as rings:
        tasks.run_turn(HARMLESS, job.pk, 0)

    assert rings == []


def test_an_error_is_logged_by_class_and_place_and_stands_on_the_job(job, caplog):
    with caplog.at_level(logging.ERROR):
        tasks.run_turn(BROKEN, job.pk, 0)

    job.refresh_from_db()
    assert (job.status, job.failures) == (Job.Status.QUEUED, 1)
    assert job.error_id in caplog.text
    assert "ValueError" in caplog.text
    assert "broken.py:5:work" in caplog.text
    assert "ann@example.org" not in caplog.text


def test_a_job_that_fails_three_times_in_a_row_ends(job):
    for turn in range(3):
        at = NOW + timedelta(minutes=turn)
        assert services.take_turn(job.pk, turn, at=at)
        services.fail_turn(job.pk, f"error-{turn}", at=at)

    job.refresh_from_db()
    assert (job.status, job.error_id, job.finished_at) == (Job.Status.FAILED, "error-2", NOW + timedelta(minutes=2))


def test_a_turn_that_works_forgives_the_failures_before_it(job):
    services.fail_turn(job.pk, "error-0", at=NOW)
    services.fail_turn(job.pk, "error-1", at=NOW)

    services.end_turn(job.pk)
    services.fail_turn(job.pk, "error-2", at=NOW)

    job.refresh_from_db()
    assert job.is_open
