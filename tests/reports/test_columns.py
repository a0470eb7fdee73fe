"""The documentation and the header name the same columns in the same order."""

import re
from pathlib import Path

from apps.reports.columns import COLUMNS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "report-columns.md"


def test_every_column_is_explained_in_its_place():
    explained = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert [name for name, _ in explained] == list(COLUMNS)


def test_no_column_is_named_twice():
    assert len(set(COLUMNS)) == len(COLUMNS)
