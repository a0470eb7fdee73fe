"""Write many entries at once, by each engine's fastest way; what stands on the list already is left as it is."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .gleaning import Row, Sheaf
from .models import EntrySource, SuppressionEntry, SuppressionImport

LOOKED_UP_AT_ONCE = 5_000

_INTO_ENTRIES = (
    f"INSERT INTO {SuppressionEntry._meta.db_table} "  # noqa: S608 (names and numbers of this console's own)
    "(list_id, kind, key_id, created_at, expires_at, source_import_id, lift_reason, matches, digest, masked)"
)
_UNLESS_LIVE = "ON CONFLICT (digest, kind, list_id) WHERE lifted_at IS NULL DO NOTHING"
_INTO_SOURCES = (
    f"INSERT INTO {EntrySource._meta.db_table} (entry_id, kind, reference, added_at) "  # noqa: S608
    f"SELECT id, %s, %s, %s FROM {SuppressionEntry._meta.db_table} "
    "WHERE lifted_at IS NULL AND list_id = %s AND kind = %s AND (source_import_id IS NULL OR source_import_id <> %s) "
)
_SUPPORTED_BEFORE = "ON CONFLICT (entry_id, kind, reference) WHERE withdrawn_at IS NULL DO NOTHING"

_ROOM = {"cache_size": -48_000, "wal_autocheckpoint": 16_000}  # kB; pages


def add_entries(sheaf: Sheaf, source: SuppressionImport, *, until: datetime | None, at: datetime) -> int:
    """Add what is missing in the caller's transaction, under its lock on the list; return how many entries were made.

    What stands there gains this import as a further source, and a later end where its own would come earlier.
    """
    standing = _standing_by_older_peppers(sheaf, source)
    fresh = [row for row in sheaf.rows if row[0] not in standing] if standing else sheaf.rows
    made = _insert(sorted(fresh), [source.list_id, sheaf.kind, sheaf.key_id, at, until, source.pk])
    if made < len(sheaf.rows):
        _support({*(row[0] for row in sheaf.rows), *standing.values()}, sheaf.kind, source, until=until, at=at)
    return made


@contextmanager
def room_to_write() -> Iterator[None]:
    """Give SQLite memory for the index of a large list, and let it tidy its log up less often; put both back after."""
    if connection.vendor != "sqlite":
        yield
        return
    before = {name: _pragma(name) for name in _ROOM}
    try:
        for name, value in _ROOM.items():
            _pragma(name, value)
        yield
    finally:
        for name, value in before.items():
            _pragma(name, value)


def _pragma(name: str, value: int | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}" if value is None else f"PRAGMA {name} = {value}")
        return (cursor.fetchone() or (0,))[0]


def _standing_by_older_peppers(sheaf: Sheaf, source: SuppressionImport) -> dict[bytes, bytes]:
    """Return the older digest under which somebody stands on the list already, by the newest one."""
    live = SuppressionEntry.objects.live().filter(list=source.list_id, kind=sheaf.kind)
    found = (live.filter(digest__in=part).values_list("digest", flat=True) for part in _parts(sheaf.older))
    return {sheaf.older[bytes(digest)]: bytes(digest) for part in found for digest in part}


def _insert(rows: list[Row], shared: list[object]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        return _WAYS[connection.vendor](cursor, rows, shared)


def _insert_one_by_one(cursor: CursorWrapper, rows: list[Row], shared: list[object]) -> int:
    """Run one prepared statement for all rows; what is the same in each stands in the statement."""
    constants = ", ".join(map(_literal, shared))
    cursor.executemany(f"{_INTO_ENTRIES} VALUES ({constants}, '', 0, %s, %s) {_UNLESS_LIVE}", rows)
    return cursor.rowcount


def _insert_at_once(cursor: CursorWrapper, rows: list[Row], shared: list[object]) -> int:
    """Hand all rows over as two values and let the server take them apart: one statement, and no table to copy into."""
    digests = b"".join([digest for digest, _ in rows])
    masks = "\n".join([masked for _, masked in rows])  # none holds a line break: such identifiers are refused
    constants = ", ".join(["%s"] * len(shared))
    given = "string_to_table(%s, E'\\n') WITH ORDINALITY AS given(masked, number)"
    digest = "substr(%s::bytea, (32 * number - 31)::int, 32)"
    rows_given = f"SELECT {constants}, '', 0, {digest}, masked FROM {given}"  # noqa: S608
    cursor.execute(f"{_INTO_ENTRIES} {rows_given} {_UNLESS_LIVE}", [*shared, digests, masks])
    return cursor.rowcount


_WAYS = {"sqlite": _insert_one_by_one, "postgresql": _insert_at_once}


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    plain = connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
    return "'" + str(plain).replace("'", "''") + "'"


def _support(
    digests: Iterable[bytes], kind: str, source: SuppressionImport, *, until: datetime | None, at: datetime
) -> None:
    live = SuppressionEntry.objects.live().filter(list=source.list_id, kind=kind)
    values = [EntrySource.Kind.IMPORT.value, source.reference, at, source.list_id, kind, source.pk]
    for part in _parts(digests):
        live.filter(digest__in=part).ending_before(until).update(expires_at=until)
        marks = ", ".join(["%s"] * len(part))
        with connection.cursor() as cursor:
            cursor.execute(f"{_INTO_SOURCES} AND digest IN ({marks}) {_SUPPORTED_BEFORE}", [*values, *part])


def _parts(digests: Iterable[bytes]) -> Iterator[list[bytes]]:
    everything = list(digests)
    for start in range(0, len(everything), LOOKED_UP_AT_ONCE):
        yield everything[start : start + LOOKED_UP_AT_ONCE]
