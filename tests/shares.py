"""Begin with the tests that start processes: they wait more than they work, and the last of them nobody waits out."""

from collections.abc import Iterable
from itertools import islice

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}


def uses_django_database(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


def in_shares(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Order tests for xdist, which cuts this order into shares of one size: each begins with modules of processes.

    A module stays whole, since its tests may share what they started. Shares are no promise: idle workers steal.
    """
    heads = _dealt([item for item in items if _starts_processes(item)], workers)
    others = (item for item in items if not _starts_processes(item))
    ordered: list[pytest.Item] = []
    for number, head in enumerate(heads):
        size = (len(items) - len(ordered)) // (workers - number)
        ordered += [*head, *islice(others, max(size - len(head), 0))]
    return ordered


def _starts_processes(item: pytest.Item) -> bool:
    """Tell by the marker: tests within this process get it by themselves, from Django's database."""
    return bool(item.get_closest_marker("database")) and not uses_django_database(item)


def _dealt(items: Iterable[pytest.Item], hands: int) -> list[list[pytest.Item]]:
    modules: dict[object, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    dealt: list[list[pytest.Item]] = [[] for _ in range(hands)]
    for number, module in enumerate(modules.values()):
        dealt[number % hands] += module
    return dealt
