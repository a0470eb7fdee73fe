"""Rows per second of a handover, against a bare cursor that hands the same entries to csv.writer.

    ENV_FILE=tests/test.env DATABASE_URL=sqlite:////tmp/b.db python -m tests.bench.suppression_export [ENTRIES [ROUNDS]]

Use a database of its own: it is filled as by tests.bench.suppression_check. All sides take turns, each in a process of
its own, so that its memory is its own, too, and whatever else the machine does strikes all: compare their ratios. The
bare script knows no recipient, digest of the file, signature or ledger; on PostgreSQL its cursor is a server's.
"""

import csv
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from apps.audit.actors import Actor  # noqa: E402
from apps.suppression.models import SuppressionEntry, SuppressionList  # noqa: E402
from apps.suppression.services import Order, hand_over  # noqa: E402
from tests.bench.suppression_check import fill  # noqa: E402

AT_ONCE = 5_000
TABLE = SuppressionEntry._meta.db_table
QUERY = f"SELECT kind, key_id, digest, list_id, created_at FROM {TABLE} WHERE lifted_at IS NULL"  # noqa: S608


def main(entries: int, rounds: int) -> None:
    call_command("migrate", verbosity=0)
    if SuppressionEntry.objects.count() != entries:
        fill(entries)
    connection.close()
    _run("bare")  # warms the caches of the database up, for both
    runs: dict[str, list[dict]] = {side: [] for side in SIDES}
    for number in range(rounds):
        for side in SIDES:
            runs[side].append(_run(side))
            assert runs[side][-1]["rows"] == entries
            print(f"round {number + 1}: {side:<6} {_line(runs[side][-1])}", flush=True)
    _compare(runs, entries)


def _compare(runs: dict[str, list[dict]], entries: int) -> None:
    floor = statistics.median(run["seconds"] for run in runs["bare"])
    print(f"\n{connection.vendor}, {entries:,} entries, medians of {len(runs['bare'])} rounds")
    for side, of_side in runs.items():
        seconds = statistics.median(run["seconds"] for run in of_side)
        pairs = [bare["seconds"] / run["seconds"] for run, bare in zip(of_side, runs["bare"], strict=True)]
        spread = f"{min(pairs):.2f} to {max(pairs):.2f} within a round"
        grown = max(run["grown"] for run in of_side)
        rate = entries / seconds
        print(
            f"{side:<6} {rate:9,.0f} rows/s  {floor / seconds:5.2f} x the bare script ({spread})  grew {grown:.0f} MB"
        )


def _line(run: dict) -> str:
    return f"{run['seconds']:6.2f} s, {run['cpu']:6.2f} s of CPU, grew {run['grown']:.0f} MB"


def _run(side: str) -> dict:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.suppression_export", side], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(answer.stdout.splitlines()[-1])


def run(side: str) -> None:
    """Time one side, and tell how far its memory went beyond what it was before."""
    SuppressionList.objects.count()
    with TemporaryDirectory() as folder:
        before = _peak()
        started, cpu = time.perf_counter(), time.process_time()
        rows = SIDES[side](Path(folder) / "file.csv")
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "grown": _peak() - before, "rows": rows}))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _bare(file: Path) -> int:
    return (_bare_sqlite if connection.vendor == "sqlite" else _bare_postgresql)(file)


def _bare_sqlite(file: Path) -> int:
    database = sqlite3.connect(settings.DATABASES["default"]["NAME"])
    return _write(database.execute(QUERY).fetchmany, file)


def _bare_postgresql(file: Path) -> int:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as database:
        cursor = psycopg.ServerCursor(database, "bare")
        return _write(cursor.execute(QUERY, binary=True).fetchmany, file)


def _write(fetch: Callable[[int], list[tuple]], file: Path) -> int:
    count = 0
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        while rows := fetch(AT_ONCE):
            writer.writerows(
                (kind, key_id, digest.hex(), in_list, since) for kind, key_id, digest, in_list, since in rows
            )
            count += len(rows)
    return count


def _ours(file: Path) -> int:
    order = Order(recipient="bench", recipient_kind="own", purpose="marketing", list_name="bench")
    handing = hand_over(order, by=Actor.command(), clock=lambda: datetime.now(UTC))
    with file.open("wb") as stream:
        stream.writelines(handing.chunks)
    return handing.handover.rows


SIDES = {"bare": _bare, "ours": _ours}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in SIDES:
        run(sys.argv[1])
    else:
        numbers = [int(argument) for argument in sys.argv[1:]]
        main(*(numbers + [1_000_000, 5][len(numbers) :]))
