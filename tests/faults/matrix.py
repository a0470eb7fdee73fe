"""The whole matrix. docs/reliability.md holds the same rows, and a test compares the two."""

from . import rows_apart, rows_cluster
from .rows_answers import ANSWERS
from .rows_crashes import CRASHES
from .rows_people import PEOPLE
from .rows_storage import STORAGE
from .rows_travel import TRAVEL
from .table import Elsewhere, Open, Row

__all__ = ["APART", "IDS", "ROWS"]

ROWS: list[Row] = [*ANSWERS, *TRAVEL, *CRASHES, *PEOPLE, *STORAGE]
APART: list[Elsewhere | Open] = [*rows_apart.APART, *rows_cluster.DEATHS]
IDS = {f"F{number}" for number in range(1, 65)}
