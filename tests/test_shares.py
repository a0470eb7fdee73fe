"""In which order a run of several workers takes the tests."""

from dataclasses import dataclass

import pytest

from tests.shares import in_shares


@dataclass(frozen=True)
class Item:
    """As much of a test as its place depends on."""

    path: str
    markers: tuple[str, ...] = ()
    fixturenames: tuple[str, ...] = ()

    def get_closest_marker(self, name: str) -> bool:
        return name in self.markers


RULES = [Item(f"rules{number}") for number in range(20)]
PAGES = [Item("pages", ("database", "django_db"))] * 2 + [Item("forms", ("database",), ("db",))] * 2
STORM = [Item("storm", ("database",))]
DEATHS, JOBS = [Item("deaths", ("database",))] * 3, [Item("jobs", ("database",))] * 2
ALL = [*PAGES, *RULES, *STORM, *DEATHS, *JOBS]


def shares(ordered: list[Item], workers: int) -> list[list[Item]]:
    size = len(ordered) // workers
    return [ordered[number * size :][:size] for number in range(workers)]


def test_each_share_begins_with_modules_of_processes_which_stay_whole():
    first, second = shares(in_shares(ALL, 2), 2)

    assert first == [*STORM, *JOBS, *PAGES, *RULES[:8]]
    assert second == [*DEATHS, *RULES[8:]]


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("items", [ALL, RULES, [*DEATHS, *STORM], []], ids=["all", "rules", "processes", "none"])
def test_nothing_is_lost_or_doubled(items, workers):
    assert sorted(map(str, in_shares(items, workers))) == sorted(map(str, items))
