"""Rows per second of the audit report, against a bare cursor and csv.writer over the same rows.

    ENV_FILE=tests/test.env DATABASE_URL=sqlite:////tmp/bench.sqlite3 python -m tests.bench.export_report [TICKETS]

Use a database of its own: it is filled on the first run.
"""

import csv
import io
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import QuerySet  # noqa: E402

from apps.audit.actors import Actor  # noqa: E402
from apps.audit.services import record_all  # noqa: E402
from apps.privacy.cells import plain_cell  # noqa: E402
from apps.privacy.vault import new_key  # noqa: E402
from apps.reports import selectors  # noqa: E402
from apps.reports.formats import encode  # noqa: E402
from apps.suppression.models import EntrySource, SuppressionEntry, SuppressionList  # noqa: E402
from apps.tickets.models import Attempt, DeletionTicket, Erasure, TicketIdentifier  # noqa: E402
from apps.vendors.models import VendorAccount  # noqa: E402

START = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 2_000


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    call_command("migrate", verbosity=0)
    if DeletionTicket.objects.count() < wanted:
        _fill(wanted)
    cases = {"bare cursor": _bare, "bare cursor, escaped": _escaped, "csv": _report("csv"), "jsonl": _report("jsonl")}
    floor = None
    for name, case in cases.items():
        seconds, first, size = _timed(case)
        floor = floor or seconds
        print(
            f"{name:<22} {seconds:6.2f} s  {wanted / seconds:9,.0f} rows/s  {seconds / floor:5.2f} x  "
            f"first byte {first * 1000:5.1f} ms  {size / 1e6:6.1f} MB  peak {_peak_mb():.0f} MB"
        )


def _timed(case: Callable[[], Iterator[bytes]]) -> tuple[float, float, int]:
    started, first, size = time.perf_counter(), 0.0, 0
    for piece in case():
        first = first or time.perf_counter() - started
        size += len(piece)
    return time.perf_counter() - started, first, size


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _bare() -> Iterator[bytes]:
    yield from _written(lambda row: row)


def _escaped() -> Iterator[bytes]:
    yield from _written(lambda row: [plain_cell(cell) if isinstance(cell, str) else cell for cell in row])


def _written(cells: Callable) -> Iterator[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(*_stored_columns().query.sql_with_params())
        while rows := cursor.fetchmany(AT_ONCE):
            text = io.StringIO(newline="")
            csv.writer(text).writerows(map(cells, rows))
            yield text.getvalue().encode()


def _stored_columns() -> QuerySet:
    """Return the report's main query: all but attempts, lists and ledger, which the floor does without."""
    return DeletionTicket.objects.order_by("pk").values_list(*selectors._STORED.values())


def _report(as_format: str) -> Callable[[], Iterator[bytes]]:
    def read() -> Iterator[bytes]:
        blocks = selectors.blocks(DeletionTicket.objects.all(), with_masks=True, at=START)
        return encode((row for block in blocks for row in block.rows), as_format=as_format)

    return read


@transaction.atomic
def _fill(wanted: int) -> None:
    user, _ = User.objects.get_or_create(username="bench")
    account, _ = VendorAccount.objects.get_or_create(
        name="bento", defaults={"vendor": "bento", "host": "app.bentonow.com", "site": "s", "synced_at": START}
    )
    erased, _ = SuppressionList.objects.get_or_create(name="erased", defaults={"created_at": START})
    key = new_key(START)
    for first in range(DeletionTicket.objects.count(), wanted, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, wanted))
        tickets = DeletionTicket.objects.bulk_create([_ticket(number, user, key) for number in numbers])
        _fill_erasures(tickets, account)
        _fill_lists(tickets, erased)
        for action in ("ticket.opened", "ticket.approved", "erasure.accepted"):
            record_all(action, [ticket.reference for ticket in tickets], by=Actor.worker(), at=START)


def _ticket(number: int, user: User, key) -> DeletionTicket:
    at = START + timedelta(minutes=number)
    return DeletionTicket(
        reference=f"DEL-2026-{number:06}",
        status="pending_approval",
        opened_by=user,
        opened_at=at,
        received_at=at,
        requested_at=at,
        regime="gdpr",
        due_at=at + timedelta(days=30),
        channel="email",
        external_ref=f"HD-{number}",
        identity_basis="logged_in",
        identity_verified_by=user,
        identity_verified_at=at,
        key=key,
    )


def _fill_erasures(tickets: list[DeletionTicket], account: VendorAccount) -> None:
    rows = [
        TicketIdentifier(ticket=ticket, kind="email", sealed=b"", masked="j•••@e•••.com", digest=bytes(32))
        for ticket in tickets
    ]
    identifiers = TicketIdentifier.objects.bulk_create(rows)
    sent = {"status": "accepted", "last_http_status": 202, "last_outcome": "accepted", "accepted_at": START}
    erasures = Erasure.objects.bulk_create(
        Erasure(ticket=row.ticket, account=account, identifier=row, kind="email", **sent) for row in identifiers
    )
    Attempt.objects.bulk_create(_attempt(erasure) for erasure in erasures)


def _attempt(erasure: Erasure) -> Attempt:
    answer = {"answered_at": START, "outcome": "accepted", "http_status": 202, "request_id": f"r-{erasure.pk}"}
    return Attempt(erasure=erasure, number=1, fence=1, started_at=START, **answer)


def _fill_lists(tickets: list[DeletionTicket], erased: SuppressionList) -> None:
    entries = SuppressionEntry.objects.bulk_create(
        SuppressionEntry(
            list=erased, kind="email", digest=ticket.pk.to_bytes(32), key_id="b", masked="j•••", created_at=START
        )
        for ticket in tickets
    )
    EntrySource.objects.bulk_create(
        EntrySource(entry=entry, kind="ticket", reference=ticket.reference, added_at=START)
        for entry, ticket in zip(entries, tickets, strict=True)
    )


if __name__ == "__main__":
    main()
