"""Count what entries held back, by each engine's cheapest way: whoever asks waits for no lock and for no disk.

A count that a power cut takes, or that somebody else's write is in the way of, is not worth the wait.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import OperationalError, connection

from .models import SuppressionEntry

AT_ONCE = 5_000
SQLITE_BUSY = 5

_TABLE = SuppressionEntry._meta.db_table
_COUNT = f"UPDATE {_TABLE} SET matches = matches + 1, last_match_at = %s WHERE id "  # noqa: S608 (a name of our own)
_HASTY = " AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'"
_UNLOCKED = f"IN (SELECT id FROM {_TABLE} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)"  # noqa: S608


def count_matches(entries: Sequence[int], *, at: datetime) -> None:
    """Count one match of each entry; inside a transaction the counts belong to it."""
    for start in range(0, len(entries), AT_ONCE):
        _WAYS[connection.vendor](entries[start : start + AT_ONCE], connection.ops.adapt_datetimefield_value(at))


def _count_in_sqlite(part: Sequence[int], at: object) -> None:
    statement = f"{_COUNT} IN ({', '.join(['%s'] * len(part))})"
    with _hasty_sqlite(), connection.cursor() as cursor:
        cursor.execute(statement, [at, *part])


def _count_in_postgresql(part: Sequence[int], at: object) -> None:
    """Count in one round trip; a statement of its own does not wait for the disk at its commit."""
    statement = _COUNT + _UNLOCKED + ("" if connection.in_atomic_block else _HASTY)
    with connection.cursor() as cursor:
        cursor.execute(statement, [at, list(part)])


@contextmanager
def _hasty_sqlite() -> Iterator[None]:
    """Let one statement of its own commit without a sync, and drop it where another writer holds the file."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    file = connection.connection
    usual = {name: file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("busy_timeout", "synchronous")}
    try:
        file.execute("PRAGMA busy_timeout = 0")
        file.execute("PRAGMA synchronous = NORMAL")
        yield
    except OperationalError as error:
        if not _is_busy(error):
            raise
    finally:
        for name, value in usual.items():
            file.execute(f"PRAGMA {name} = {value}")


def _is_busy(error: OperationalError) -> bool:
    cause = error.__cause__
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode == SQLITE_BUSY


_WAYS = {"sqlite": _count_in_sqlite, "postgresql": _count_in_postgresql}
