"""docs/reliability.md and the scenarios say the same, and nothing is left out."""

import ast
from pathlib import Path

import pytest

from .document import table, written
from .matrix import APART, IDS, ROWS
from .table import Elsewhere

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_document_shows_the_rows_that_are_played():
    assert written() == table()


def test_no_fault_is_left_out():
    assert {row.id for row in [*ROWS, *APART]} == IDS


def test_no_row_stands_there_twice():
    names = [(row.id, row.fault, vendor) for row in ROWS for vendor in row.vendors]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", [row for row in APART if isinstance(row, Elsewhere)], ids=lambda row: row.fault)
def test_what_is_proved_elsewhere_is_proved(row):
    file, _, name = row.proof.partition("::")
    functions = [node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)]

    assert name in functions
