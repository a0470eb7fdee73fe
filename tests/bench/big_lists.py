"""Milliseconds to show pages of lists with many entries: p50 and p95 of each page and filter.

    ENV_FILE=tests/test.env DATABASE_URL=sqlite:////tmp/big.sqlite3 python -m tests.bench.big_lists [ENTRIES] [REQUESTS]

Use a database of its own: it is filled on the first run. What is rare was added first, which is the worst place for it:
pages show the newest first.
"""

import os
import statistics
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402

from apps.privacy.digests import digest  # noqa: E402
from apps.suppression.models import SuppressionEntry, SuppressionList  # noqa: E402

START = datetime(2026, 1, 1, tzinfo=UTC)
LIVE = SuppressionEntry._meta.constraints[0]
ENTRIES = reverse("admin:suppression_suppressionentry_changelist")
PLAIN_FILES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
GOAL = 300
# In the order in which they are added: list, kind, share of all or a number, and what else they carry.
KINDS_OF_ROWS = (
    ("rare", "cookie", 50, {}),
    ("rare", "email", 1_000, {"lifted_at": START, "lift_reason": "came_back"}),
    ("old", "email", 1_000, {"expires_at": START}),
    ("old", "email_sha256", 0.01, {}),
    ("big", "customer_id", 0.01, {}),
    ("big", "email", 0.08, {"key_id": "older"}),
    ("big", "email", 0.10, {"expires_at": START.replace(year=2036)}),
    ("big", "email", 0.80, {}),
)
# Added on top for the worst cases alone, and taken away again.
ON_TOP = (
    ("tools", "email", 200, {}),
    ("tools", "email_sha256", 0.10, {}),
    ("big", "email", 0.10, {"lifted_at": START, "lift_reason": "sources_withdrawn"}),
)

# How each database makes a digest, and so many rows.
ROWS = {
    "postgresql": ("sha256(random()::text::bytea)", "generate_series(1, %s) AS n"),
    "sqlite": (
        "randomblob(32)",
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) SELECT i FROM n)",
    ),
}


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    call_command("migrate", verbosity=0)
    if not SuppressionEntry.objects.exists():
        _fill(wanted)
    client = _client()
    with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=PLAIN_FILES):
        for name, url in _pages().items():
            print(_line(name, _times(client, url, requests)), flush=True)
        _time_worst_cases(client, wanted, requests)
    _time_report()


def _pages() -> dict[str, str]:
    lists = dict(SuppressionList.objects.values_list("name", "pk"))
    newest = SuppressionEntry.objects.latest("pk").pk
    pages = {"lists": reverse("admin:suppression_suppressionlist_changelist"), "first page": ENTRIES}
    pages |= {f"list: {name}": f"{ENTRIES}?list__id__exact={pk}" for name, pk in lists.items()}
    pages |= {f"state: {state}": f"{ENTRIES}?state={state}" for state in ("blocking", "expired", "lifted")}
    kinds = ("email", "customer_id", "cookie", "device_id", "email_sha256")
    pages |= {f"kind: {kind}": f"{ENTRIES}?kind__exact={kind}" for kind in kinds}
    pages |= {
        f"big and {state}": f"{ENTRIES}?list__id__exact={lists['big']}&state={state}" for state in ("expired", "lifted")
    }
    pages |= {f"big and {kind}": f"{ENTRIES}?list__id__exact={lists['big']}&kind__exact={kind}" for kind in kinds}
    pages["rare and email"] = f"{ENTRIES}?list__id__exact={lists['rare']}&kind__exact=email"
    pages["cookies that block"] = f"{ENTRIES}?kind__exact=cookie&state=blocking"
    pages["page 100"] = f"{ENTRIES}?p=100"
    return pages | {"one entry": reverse("admin:suppression_suppressionentry_change", args=[newest])}


@transaction.atomic
def _time_worst_cases(client: Client, wanted: int, requests: int) -> None:
    _add_all(ON_TOP, wanted)
    lists = dict(SuppressionList.objects.values_list("name", "pk"))
    pages = {
        "blocks, below lifted": "state=blocking",
        "big, below lifted": f"list__id__exact={lists['big']}&state=blocking",
        "email, below sha256": f"list__id__exact={lists['tools']}&kind__exact=email",
        "customer_id, not there": f"list__id__exact={lists['tools']}&kind__exact=customer_id",
        "sha256, not there": f"list__id__exact={lists['rare']}&kind__exact=email_sha256",
    }
    for name, query in pages.items():
        print(_line(name, _times(client, f"{ENTRIES}?{query}", requests)), flush=True)
    transaction.set_rollback(True)


def _times(client: Client, url: str, requests: int) -> list[float]:
    times = []
    for _ in range(requests + 1):
        started = time.perf_counter()
        answer = client.get(url)
        times.append(1_000 * (time.perf_counter() - started))
        if answer.status_code != 200:
            raise SystemExit(f"{url} answered {answer.status_code}.")
    return times[1:]


def _line(name: str, times: list[float]) -> str:
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return f"{name:<22} p50 {statistics.median(times):8.1f} ms   p95 {p95:8.1f} ms{'' if p95 < GOAL else '   TOO SLOW'}"


def _time_report() -> None:
    started = time.perf_counter()
    with suppress(SystemExit):  # the older pepper of these rows is not set
        call_command("pepper_report")
    print(f"pepper_report          {1_000 * (time.perf_counter() - started):12.1f} ms")


def _client() -> Client:
    user, _ = User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return client


def _fill(wanted: int) -> None:
    started = time.perf_counter()
    with connection.schema_editor() as editor:
        editor.remove_constraint(SuppressionEntry, LIVE)
    _add_all(KINDS_OF_ROWS, wanted)
    with connection.schema_editor() as editor:
        editor.add_constraint(SuppressionEntry, LIVE)
    if connection.vendor == "postgresql":  # as its own housekeeping does; nobody does it for SQLite
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    seconds, rows = time.perf_counter() - started, SuppressionEntry.objects.count()
    print(f"{connection.vendor}: {rows:,} entries, filled in {seconds:.0f} s")


def _add_all(kinds: tuple[tuple, ...], wanted: int) -> None:
    for name, kind, share, more in kinds:
        _add(name, kind, share if isinstance(share, int) else int(share * wanted), more)


@transaction.atomic
def _add(name: str, kind: str, rows: int, more: dict[str, object]) -> None:
    target, _ = SuppressionList.objects.get_or_create(name=name, defaults={"title": name, "created_at": START})
    values = {
        "list_id": target.pk,
        "kind": kind,
        "key_id": digest("email", "jane@example.com").key_id,
        "masked": "j•••@e•••.com",
        "created_at": START,
        "lift_reason": "",
        "matches": 0,
        **more,
    }
    random, numbers = ROWS[connection.vendor]
    holders = ", ".join(["%s"] * len(values))
    columns = f"suppression_suppressionentry ({', '.join(values)}, digest)"
    sql = f"INSERT INTO {columns} SELECT {holders}, {random} FROM {numbers}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values.values(), rows])


if __name__ == "__main__":
    main()
