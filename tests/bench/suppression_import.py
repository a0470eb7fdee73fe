"""Rows per second of an import, against a bare script that parses, normalises, digests and inserts the same rows.

    ENV_FILE=tests/test.env DATABASE_URL=sqlite:////tmp/b.db python -m tests.bench.suppression_import [ROWS [ROUNDS]]

Use a database of its own: it is emptied before each run. All sides take turns, each in a process of its own, so that
whatever else the machine does strikes all; compare their ratios. The bare script knows one transaction, no rejects, no
progress and no way to go on; it writes the same columns into the same table with the same indexes. django-import-export
takes part, in its fastest mode and on a tenth of the rows, where it is installed (PostgreSQL's own CPU is not counted):
`pip install --target /tmp/peer django-import-export`, and PYTHONPATH=/tmp/peer.
"""

import csv
import hmac
import json
import os
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from apps.audit.actors import Actor  # noqa: E402
from apps.privacy.keyring import peppers  # noqa: E402
from apps.suppression.models import SuppressionEntry, SuppressionImport, SuppressionList  # noqa: E402
from apps.suppression.services import import_file  # noqa: E402

BIG = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "web.de", "gmx.de", "icloud.com", "aol.com", "orange.fr"]
NAMES = ["anna", "Bob", "john.smith", "m.mueller", "j.garcia+news", "contact"]
TABLE = SuppressionEntry._meta.db_table
COLUMNS = "(list_id, kind, digest, key_id, masked, created_at, expires_at, lift_reason, source_import_id, matches)"
UNLESS_LIVE = "ON CONFLICT (digest, kind, list_id) WHERE lifted_at IS NULL DO NOTHING"
PEER_SHARE = 10


def main(rows: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        _write_people(file, rows)
        call_command("migrate", verbosity=0)
        connection.close()
        if connection.vendor == "sqlite":
            shutil.copy(settings.DATABASES["default"]["NAME"], _empty())
        sides = ["bare", "ours", *(["import-export"] if find_spec("import_export") else [])]
        runs: dict[str, list[dict]] = {side: [] for side in sides}
        for number in range(rounds):
            for side in sides:
                runs[side].append(_run(side, file))
                print(f"round {number + 1}: {side:<14} {_line(runs[side][-1])}", flush=True)
        _compare(runs)


def _compare(runs: dict[str, list[dict]]) -> None:
    """Compare each run with the bare script's of the same round: on a busy machine rounds differ more than sides."""
    print(f"\n{connection.vendor}, medians of {len(runs['bare'])} rounds")
    for side, of_side in runs.items():
        rate = statistics.median(run["rate"] for run in of_side)
        pairs = list(zip(of_side, runs["bare"], strict=True))
        ratios = sorted(run["rate"] / bare["rate"] for run, bare in pairs)
        cpu = statistics.median(run["rows_per_cpu"] / bare["rows_per_cpu"] for run, bare in pairs)
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}; {cpu:.2f} by this side's CPU"
        peak = max(run["peak"] for run in of_side)
        print(f"{side:<14} {rate:9,.0f} rows/s  {statistics.median(ratios):5.2f} x ({spread})  peak {peak:.0f} MB")


def _line(run: dict) -> str:
    return f"{run['seconds']:7.2f} s, {run['cpu']:6.2f} s of CPU, {run['rate']:9,.0f} rows/s, peak {run['peak']:.0f} MB"


def _run(side: str, file: Path) -> dict:
    """Run one side in a process of its own, so that its memory is its own, too."""
    command = [sys.executable, "-m", "tests.bench.suppression_import", side, str(file)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout.splitlines()[-1])


def run(side: str, file: Path) -> None:
    """Empty the table, time one side, and assert that everybody is on the list once."""
    source = _emptied()
    started, cpu = time.perf_counter(), time.process_time()
    people = SIDES[side](file, source)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert SuppressionEntry.objects.count() == people
    rates = {"rate": people / seconds, "rows_per_cpu": people / cpu}
    print(json.dumps({"seconds": seconds, "cpu": cpu, **rates, "peak": peak}))


def _emptied() -> SuppressionImport:
    """Start each run alike: on SQLite with a copy of an empty file, since deleting rows leaves a used one."""
    if connection.vendor == "sqlite":
        used = Path(settings.DATABASES["default"]["NAME"])
        for leftover in (used, used.with_name(used.name + "-wal"), used.with_name(used.name + "-shm")):
            leftover.unlink(missing_ok=True)
        shutil.copy(_empty(), used)
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLE}, suppression_suppressionimport, suppression_suppressionlist CASCADE")
            cursor.execute("CHECKPOINT")
    target = SuppressionList.objects.create(name="bench", created_at=_now())
    return SuppressionImport.objects.create(reference="bare", list=target, started_at=_now())


def _now() -> datetime:
    return datetime.now(UTC)


def _empty() -> Path:
    return Path(settings.DATABASES["default"]["NAME"]).with_suffix(".empty")


def _ours(file: Path, source: SuppressionImport) -> int:
    with file.open("rb") as stream:
        done = import_file(stream, list_name="bench", identifiers="email", by=Actor.command(), clock=_now).source
    assert (done.known, done.rejected) == (0, 0)
    return done.added


def _bare(file: Path, source: SuppressionImport) -> int:
    return (_bare_sqlite if connection.vendor == "sqlite" else _bare_postgresql)(file, source)


def _bare_rows(file: Path) -> Iterator[tuple[bytes, str]]:
    pepper = peppers().keys[peppers().newest]
    with file.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream)
        next(lines)
        for (address,) in lines:
            address = address.strip().lower()
            local, _, domain = address.partition("@")
            masked = f"{local[:1]}•••@{domain[:1]}•••.{domain.rpartition('.')[2]}"
            yield hmac.digest(pepper, f"v1|email|{address}".encode(), "sha256"), masked


def _bare_sqlite(file: Path, source: SuppressionImport) -> int:
    database = sqlite3.connect(settings.DATABASES["default"]["NAME"])
    database.executescript(settings.DATABASES["default"]["OPTIONS"]["init_command"])
    at, key_id = str(_now()), peppers().newest
    rows = (
        (source.list_id, "email", digest, key_id, masked, at, None, "", source.pk, 0)
        for digest, masked in _bare_rows(file)
    )
    marks = ", ".join("?" * 10)
    statement = f"INSERT INTO {TABLE} {COLUMNS} VALUES ({marks}) {UNLESS_LIVE}"  # noqa: S608
    done = database.executemany(statement, rows)
    database.commit()
    return done.rowcount


def _bare_postgresql(file: Path, source: SuppressionImport) -> int:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as database:
        cursor = database.cursor()
        cursor.execute("CREATE TEMPORARY TABLE incoming (digest bytea, masked text)")
        with cursor.copy("COPY incoming FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["bytea", "text"])
            for row in _bare_rows(file):
                copy.write_row(row)
        incoming = "SELECT %s, 'email', digest, %s, masked, %s, NULL, '', %s, 0 FROM incoming"
        statement = f"INSERT INTO {TABLE} {COLUMNS} {incoming} {UNLESS_LIVE}"
        cursor.execute(statement, [source.list_id, peppers().newest, _now(), source.pk])
        return cursor.rowcount


def _import_export(file: Path, source: SuppressionImport) -> int:
    """Use bulk mode without diffs, with instances that are made and not looked for: its fastest way."""
    import tablib
    from import_export import resources

    class Entries(resources.ModelResource):
        class Meta:
            model = SuppressionEntry
            fields = ("digest", "masked")
            import_id_fields = ("digest",)
            use_bulk = True
            batch_size = 2_000
            skip_diff = True
            force_init_instance = True
            use_transactions = True

        def init_instance(self, row=None):
            shared = {"list": source.list, "kind": "email", "key_id": peppers().newest, "source_import": source}
            return SuppressionEntry(created_at=source.started_at, **shared)

    rows = list(_bare_rows(file))
    people = tablib.Dataset(*rows[: len(rows) // PEER_SHARE], headers=["digest", "masked"])
    result = Entries().import_data(people, raise_errors=True)
    return result.totals["new"]


def _write_people(file: Path, rows: int) -> None:
    """Four of five people share some big domains, the others some of 20,000 small ones; some write in capitals."""
    chance = random.Random(7)  # noqa: S311
    with file.open("w") as stream:
        stream.write("email\n")
        for number in range(rows):
            domain = chance.choice(BIG) if chance.random() < 0.8 else f"company-{chance.randrange(20_000)}.co.uk"
            stream.write(f"{chance.choice(NAMES)}.{number:x}{chance.randrange(1_000)}@{domain}\n")


SIDES = {"bare": _bare, "ours": _ours, "import-export": _import_export}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in SIDES:
        run(sys.argv[1], Path(sys.argv[2]))
    else:
        numbers = [int(argument) for argument in sys.argv[1:]]
        main(*(numbers + [1_000_000, 5][len(numbers) :]))
