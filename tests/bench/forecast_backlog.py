"""Seconds to forecast a backlog, queries included, against a bare script that reads the same rows and counts days.

    ENV_FILE=tests/test.env DATABASE_URL=sqlite:////tmp/bench2.sqlite3 python -m tests.bench.forecast_backlog [ERASURES]

Use a database of its own: it is filled on the first run. Half of the backlog is approved, half waits for approval.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from apps.privacy.vault import new_key  # noqa: E402
from apps.tickets.models import DeletionTicket, Erasure, TicketIdentifier  # noqa: E402
from apps.tickets.selectors.approvals import forecast_approval  # noqa: E402
from apps.tickets.selectors.forecasts import backlogs  # noqa: E402
from apps.tickets.services.forecasts import refresh_forecasts  # noqa: E402
from apps.vendors.models import Usage, VendorAccount  # noqa: E402

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AT_ONCE = 2_000
ROUNDS = 3


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    call_command("migrate", verbosity=0)
    if Erasure.objects.count() < wanted:
        _fill(wanted)
    pending = DeletionTicket.objects.filter(status="pending_approval")
    cases = {
        "bare script": _bare,
        "forecast of everything": lambda: backlogs(at=START),
        "half of it, before a click": lambda: forecast_approval(pending, at=START),
        "refresh of what is stored": lambda: refresh_forecasts(at=START),
    }
    floor = None
    for name, case in cases.items():
        seconds, busy = map(min, zip(*(_timed(case) for _ in range(ROUNDS)), strict=True))
        floor = floor or busy
        print(
            f"{name:<28} {seconds:6.3f} s, of which {busy:6.3f} s of processor time, {busy / floor:5.1f} x the script"
        )


def _timed(case: Callable[[], object]) -> tuple[float, float]:
    """Return seconds on the clock, and those in which this process worked: other processes stretch the first."""
    started, busy = time.perf_counter(), time.process_time()
    case()
    return time.perf_counter() - started, time.process_time() - busy


def _bare() -> list[tuple[int, int]]:
    """Do what a script does in a pinch: read the rows in turn and divide by the thousand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, t.urgent, t.due_at FROM tickets_erasure e "
            "JOIN tickets_deletionticket t ON t.id = e.ticket_id WHERE e.closed_at IS NULL "
            "ORDER BY t.urgent DESC, t.due_at, e.id"
        )
        return [(row[0], place // 1_000) for place, row in enumerate(cursor.fetchall())]


@transaction.atomic
def _fill(wanted: int) -> None:
    opener, _ = User.objects.get_or_create(username="bench")
    approver, _ = User.objects.get_or_create(username="bench-approver")
    account, _ = VendorAccount.objects.get_or_create(
        name="bento",
        defaults={
            "vendor": "bento",
            "host": "app.bentonow.com",
            "per_day": 1_000,
            "per_minute": 55,
            "synced_at": START,
        },
    )
    rows = [Usage(account=account, minute=START - MINUTE * minute, sends=1) for minute in range(1, 1_000)]
    Usage.objects.bulk_create(rows, ignore_conflicts=True)
    key = new_key(START)
    for first in range(Erasure.objects.count(), wanted, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, wanted))
        tickets = [_ticket(number, opener, approver, key) for number in numbers]
        _fill_erasures(DeletionTicket.objects.bulk_create(tickets), account)


def _ticket(number: int, opener: User, approver: User, key) -> DeletionTicket:
    approved = {"status": "approved", "approved_by": approver, "approved_at": START, "leaves_at": START}
    return DeletionTicket(
        reference=f"DEL-2026-{number:06}",
        opened_by=opener,
        opened_at=START,
        received_at=START,
        regime="gdpr",
        urgent=number % 50 == 0,
        due_at=START + timedelta(minutes=number * 7_919 % 43_200),
        identity_basis="logged_in",
        identity_verified_by=opener,
        identity_verified_at=START,
        key=key,
        **(approved if number % 2 else {"status": "pending_approval"}),
    )


def _fill_erasures(tickets: list[DeletionTicket], account: VendorAccount) -> None:
    rows = [
        TicketIdentifier(ticket=ticket, kind="email", sealed=b"", masked="j•••@e•••.com", digest=bytes(32))
        for ticket in tickets
    ]
    Erasure.objects.bulk_create(
        Erasure(ticket=row.ticket, account=account, identifier=row, kind="email", not_before=START)
        for row in TicketIdentifier.objects.bulk_create(rows)
    )


if __name__ == "__main__":
    main()
