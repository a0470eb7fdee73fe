"""What is rung at a moment to come: by a keeper, once, and without waiting for the sweep."""

from datetime import timedelta
from pathlib import Path

import pytest

from apps.jobs import keepers
from apps.jobs.hearing import Hearing
from apps.jobs.models import Wake
from apps.jobs.selectors import queue
from apps.jobs.services import ring_at, ring_due
from tests.constants import NOW

pytestmark = pytest.mark.django_db

TASK = "apps.tickets.tasks.work_lane"
SOON = NOW + timedelta(seconds=45)


def test_it_is_rung_once_when_its_moment_has_come(django_capture_on_commit_callbacks):
    ring_at(TASK, 7, at=SOON)

    with django_capture_on_commit_callbacks() as early:
        ring_due(at=SOON - timedelta(seconds=1))
    with django_capture_on_commit_callbacks() as due:
        ring_due(at=SOON)
        ring_due(at=SOON)

    assert (len(early), len(due)) == (0, 1)
    assert not Wake.objects.exists()


def test_the_last_word_on_the_moment_counts(django_capture_on_commit_callbacks):
    ring_at(TASK, 7, at=NOW)
    ring_at(TASK, 7, at=SOON)

    with django_capture_on_commit_callbacks() as rings:
        ring_due(at=NOW)

    assert rings == []


def test_a_keeper_rings_while_it_listens(django_capture_on_commit_callbacks):
    keeper = keepers.begin(Path("/var/console"), at=NOW)
    ring_at(TASK, 7, at=NOW)
    hearing = Hearing(keeper, ring_every=10**9, clock=lambda: NOW)
    before = queue().waiting

    with django_capture_on_commit_callbacks(execute=True):
        hearing.listen()

    assert not Wake.objects.exists()
    assert queue().waiting > before
