"""Say of each test whether it touches an engine, keep whole matrices for `make test-full`, and order what is left."""

import os
from collections.abc import Iterator

import pytest

from tests.redis_process import MISSING
from tests.shares import in_shares, uses_django_database


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run whole matrices too")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    for item in items:
        if uses_django_database(item):
            item.add_marker("database")
    if not config.getoption("--full"):
        _deselect(config, items, [item for item in items if item.get_closest_marker("full")])
    yield
    if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
        items[:] = in_shares(items, int(workers))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if MISSING in str(report.longrepr)]
    if skipped:
        terminalreporter.section("REDIS TESTS SKIPPED", yellow=True, bold=True)
        terminalreporter.write_line(f"{len(skipped)} tests did not run: {MISSING}", yellow=True, bold=True)


def _deselect(config: pytest.Config, items: list[pytest.Item], unwanted: list[pytest.Item]) -> None:
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]
