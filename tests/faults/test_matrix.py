"""Every fault that was thought of, through the whole loop: what the ticket's page shows, and what the vendors saw."""

import pytest
from django.db import connection

from apps.audit.selectors import verify

from .matrix import ROWS
from .table import Row


def cases():
    """Give each row that this database can play, for each of its vendors."""
    for row in [row for row in ROWS if row.engine in ("", connection.vendor)]:
        for vendor in row.vendors:
            marks = [pytest.mark.django_db(transaction=row.processes), *_full(row, vendor)]
            yield pytest.param(row, vendor, id=f"{row.id}-{vendor}-{row.fault}", marks=marks)


def _full(row: Row, vendor: str) -> list[pytest.MarkDecorator]:
    """Play a row once in short runs: for its first vendor on SQLite, and a sample of the rows on PostgreSQL."""
    is_once = vendor == row.vendors[0] and (connection.vendor == "sqlite" or row.sample or row.engine != "")
    return [] if is_once else [pytest.mark.full]


@pytest.mark.parametrize(("row", "vendor"), [*cases()])
def test_a_fault_ends_as_the_table_says(desk_at, row: Row, vendor: str):
    desk = desk_at(vendor)

    row.play(desk)
    at_once = desk.shown()
    row.cure(desk)

    assert (at_once, desk.shown()) == (row.at_once, row.at_last)
    assert desk.requests() == row.sent
    assert verify().fault is None
