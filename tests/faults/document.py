"""The matrix as docs/reliability.md shows it. To write it there after a change of rows:

ENV_FILE=tests/test.env python manage.py shell -c "from tests.faults.document import write; write()"
"""

from pathlib import Path

from .matrix import APART, ROWS
from .table import BOTH, Elsewhere, Open, Row

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"
BEGIN, END = "<!-- fault matrix -->\n", "<!-- end of the fault matrix -->\n"
HEAD = "| | fault | vendor | the ticket shows | in the end | deletions |\n|---|---|---|---|---|---|\n"


def table() -> str:
    rows = sorted([*ROWS, *APART], key=lambda row: int(row.id[1:]))
    return HEAD + "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)


def written() -> str:
    return FILE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def write() -> None:
    before, _, rest = FILE.read_text(encoding="utf-8").partition(BEGIN)
    FILE.write_text(before + BEGIN + table() + END + rest.partition(END)[2], encoding="utf-8")


def _cells(row: Row | Elsewhere | Open) -> list[str]:
    if isinstance(row, Open):
        return [row.id, row.fault, "", f"**{row.reason}**", "", ""]
    if isinstance(row, Elsewhere):
        return [row.id, row.fault, "", row.shows, f"`{row.proof.rpartition('/')[2]}`", ""]
    return [row.id, _fault(row), _vendor(row), str(row.at_once), _end(row), str(row.sent)]


def _fault(row: Row) -> str:
    return f"{row.fault} ({ENGINES[row.engine]})" if row.engine else row.fault


ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def _vendor(row: Row) -> str:
    return "both" if row.vendors == BOTH else row.vendors[0].capitalize()


def _end(row: Row) -> str:
    then = f"{row.then}: " if row.then else ""
    return then + ("the same" if row.at_last == row.at_once else str(row.at_last))
