"""A keeper in this process, with workers that do not start."""

import signal
from collections.abc import Iterator

import pytest

from apps.jobs.keeping import Keeper
from apps.jobs.limits import Limits
from apps.jobs.models import Keeper as Row
from tests.constants import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_workers_that_cannot_stay_up_end_the_keeper_with_a_failure(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "manage.py").write_text("raise SystemExit('broken')")
    said = []

    kept = Keeper(tmp_path / "lock", Limits(silence=5, grace=5), clock=lambda: NOW, say=said.append).keep()

    assert kept is False
    assert [line for line in said if "Started" in line] == ["Started 2 workers."] * 3
    assert said[-1].endswith("That was the 3rd time in a row without one answer: giving up.")
    assert Row.objects.get().stopped_at == NOW


def test_a_keeper_that_the_database_forgot_gives_way_to_one_that_writes_itself_down(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "manage.py").write_text("import time; time.sleep(60)")
    said = []

    def say(line: str) -> None:
        said.append(line)
        Row.objects.all().delete()

    kept = Keeper(tmp_path / "lock", Limits(silence=5, grace=5), clock=lambda: NOW, say=say).keep()

    assert kept is False
    assert said[1] == "The database no longer knows this keeper. Workers stop: start this again."
