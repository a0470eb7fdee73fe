"""100,000 people asked about at once, against bare indexed SQL in chunks with the same digests.

    ENV_FILE=tests/test.env DATABASE_URL=sqlite:////tmp/b.db python -m tests.bench.suppression_check [ENTRIES [ROUNDS]]

Use a database of its own: it is filled on the first run, and again when another number of entries is asked for
(1,000,000 unless said otherwise; 10,000,000 takes some minutes and 3 GB). Half of those asked about are on the list.
Digests are made before the clock starts, for both sides; all sides take turns, so that whatever else the machine does
strikes all: compare their ratios. The bare script knows one list, no account and nothing that ends, and answers with
what the index found.
"""

import os
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from apps.audit.actors import Actor  # noqa: E402
from apps.privacy.bulk import searcher  # noqa: E402
from apps.suppression.bulk import add_entries  # noqa: E402
from apps.suppression.gleaning import Sheaf  # noqa: E402
from apps.suppression.models import SuppressionEntry, SuppressionImport, SuppressionList  # noqa: E402
from apps.suppression.selectors import answers, hits_of  # noqa: E402
from apps.suppression.services import check_many  # noqa: E402

TABLE = SuppressionEntry._meta.db_table
QUERY = f"SELECT digest, id, list_id, created_at FROM {TABLE} WHERE lifted_at IS NULL AND digest"  # noqa: S608
START = datetime(2026, 1, 1, tzinfo=UTC)
AT = START + timedelta(days=1)
ASKED, CHUNK, FILLED_AT_ONCE = 100_000, 5_000, 100_000
Case = Callable[[list[str], list[bytes]], int]


def main(entries: int, rounds: int) -> None:
    call_command("migrate", verbosity=0)
    if SuppressionEntry.objects.count() != entries:
        fill(entries)
    chance = random.Random(7)  # noqa: S311
    _round(chance, entries, SIDES)  # warms the caches of the database up, for all
    seconds: dict[str, list[float]] = {name: [] for name in SIDES}
    for number in range(rounds):
        spent = _round(chance, entries, SIDES)
        for name in SIDES:
            seconds[name].append(spent[name])
        print(f"round {number + 1}: " + ", ".join(f"{name} {one:.2f} s" for name, one in spent.items()), flush=True)
    _compare(seconds, entries)
    counted = _round(chance, entries, {"and counting matches": _counted})
    print(", ".join(f"{name} {one:.2f} s, once, at the end, since it writes" for name, one in counted.items()))


def _round(chance: random.Random, entries: int, sides: dict[str, Case]) -> dict[str, float]:
    """Ask about other people each time; half of them are on the list."""
    people = [_address(chance.randrange(entries) + entries * (place % 2)) for place in range(ASKED)]
    look_up = searcher("email")
    digests = [digest for person in people for digest in look_up(person.encode())]
    expected, spent = len(set(people[::2])), {}
    for name, side in sides.items():
        started = time.perf_counter()
        found = side(people, digests)
        spent[name] = time.perf_counter() - started
        assert found == expected, (name, found, expected)
    return spent


def _compare(seconds: dict[str, list[float]], entries: int) -> None:
    floor = statistics.median(seconds["bare"])
    print(f"\n{connection.vendor}, {ASKED:,} people by two digests each against {entries:,} entries, medians")
    for name, spent in seconds.items():
        middle = statistics.median(spent)
        ratios = [bare / one for one, bare in zip(spent, seconds["bare"], strict=True)]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f} within a round"
        print(f"{name:<24} {middle:6.2f} s  {ASKED / middle:9,.0f}/s  {floor / middle:5.2f} x the bare SQL ({spread})")


def _bare(people: list[str], digests: list[bytes]) -> int:
    """Ask through the driver alone, in the order in which they came; one connection serves all chunks."""
    return len((_bare_sqlite if connection.vendor == "sqlite" else _bare_postgresql)(digests))


def _bare_sqlite(digests: list[bytes]) -> dict[bytes, tuple]:
    database = sqlite3.connect(settings.DATABASES["default"]["NAME"])
    found = {}
    for start in range(0, len(digests), CHUNK):
        part = digests[start : start + CHUNK]
        marks = ",".join("?" * len(part))
        found |= {row[0]: row for row in database.execute(f"{QUERY} IN ({marks})", part)}
    database.close()
    return found


def _bare_postgresql(digests: list[bytes]) -> dict[bytes, tuple]:
    found = {}
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as database:
        for start in range(0, len(digests), CHUNK):
            rows = database.execute(f"{QUERY} = ANY(%b)", [digests[start : start + CHUNK]], binary=True)
            found |= {row[0]: row for row in rows.fetchall()}
    return found


def _ours(people: list[str], digests: list[bytes]) -> int:
    return len(hits_of(digests, at=AT))


def _answers(people: list[str], digests: list[bytes]) -> int:
    return _people_in(answers((("email", person) for person in people), at=AT))


def _counted(people: list[str], digests: list[bytes]) -> int:
    asked = (("email", person) for person in people)
    return _people_in(check_many(asked, by=Actor.command(), at=AT))


def _people_in(answered: list) -> int:
    return len({hit.entry for answer in answered for hit in answer.hits})


def _address(number: int) -> str:
    return f"person.{number:x}@company-{number % 20_000}.example"


def fill(entries: int) -> None:
    """Put everybody on one list, by the way of an import."""
    print(f"Filling {entries:,} entries", flush=True)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")  # noqa: S608
    target, _ = SuppressionList.objects.get_or_create(name="bench", defaults={"created_at": START})
    source, _ = SuppressionImport.objects.get_or_create(
        reference="bench", defaults={"list": target, "started_at": START}
    )
    look_up = searcher("email")
    for first in range(0, entries, FILLED_AT_ONCE):
        numbers = range(first, min(first + FILLED_AT_ONCE, entries))
        rows = [(look_up(_address(number).encode())[0], "p•••@c•••.example") for number in numbers]
        with transaction.atomic():
            add_entries(Sheaf("email", "bench", rows), source, until=None, at=START)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


SIDES: dict[str, Case] = {
    "bare": _bare,
    "ours": _ours,
    "with making digests": _answers,
}


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [1_000_000, 5][len(numbers) :]))
