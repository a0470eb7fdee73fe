"""A storm leaves every ticket closed, or open with a reason on its page; the vendors' own journal says the rest."""

import faulthandler
import os
import secrets
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.sandbox_process import Sandbox

from .aftermath import GOES_ON, SILENT
from .storm import Report, Storm

pytestmark = pytest.mark.database

MINUTE = 60
ORDINARY_SEED = 888_575
FEW = 50  # what even a machine that is busy with everything else brings about


@pytest.fixture(autouse=True)
def patience() -> None:
    """Outlast the limit that ends every other test; what is waited for here has limits of its own."""
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def seed(pytestconfig) -> int:
    """Let ordinary runs choose the same, so that they differ by the code; a full one looks further."""
    fresh = secrets.randbelow(1_000_000) if pytestconfig.getoption("--full") else ORDINARY_SEED
    return int(os.environ.get("STORM_SEED") or fresh)


def weather(folder: Path, sandbox: Sandbox, *, seconds: int, seed: int) -> Report:
    print(f"A storm of {seconds} seconds, STORM_SEED={seed}")  # noqa: T201 - shown where the test fails, or with -s
    report = Storm(folder, sandbox, seconds=seconds, seed=seed).run()
    for what in (report.numbers, report.acts, report.told, report.told_at_rest, report.breaches):
        print(what)  # noqa: T201
    return report


def assert_every_promise_was_kept(report: Report) -> None:
    assert report.breaches == ""
    assert report.told.get(SILENT, 0) == report.told_at_rest.get(SILENT, 0) == 0
    assert GOES_ON not in report.told_at_rest
    assert report.numbers["most at Bento in 24 hours"] <= report.per_day
    assert [entry for entry in report.journal if _is_over_the_limit(entry)] == []


def _is_over_the_limit(entry: dict) -> bool:
    """Tell a refusal of the vendor's own from those that the weather ordered."""
    return entry["status"] == HTTPStatus.TOO_MANY_REQUESTS and not entry["fault"]


def test_a_storm_loses_nothing_doubles_nothing_and_exceeds_nothing(tmp_path, sandbox, seed):
    report = weather(tmp_path, sandbox, seconds=MINUTE, seed=seed)

    assert_every_promise_was_kept(report)
    assert report.numbers["erasures"] >= FEW
    assert report.numbers["kills"] > 0
    assert report.numbers["faults"] > 0


@pytest.mark.full
def test_a_storm_of_ten_minutes_does_no_worse(tmp_path, sandbox, seed):
    report = weather(tmp_path, sandbox, seconds=10 * MINUTE, seed=seed)

    assert_every_promise_was_kept(report)
