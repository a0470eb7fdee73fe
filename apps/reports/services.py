"""Make audit reports."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.chain import Fact
from apps.audit.services import record
from apps.tickets.models.ticket import DeletionTicketQuerySet

from . import selectors
from .columns import VERSION, Plain
from .formats import encode
from .models import AuditReport
from .orders import Order

EXPORT = "reports.export_auditreport"


@dataclass(frozen=True)
class Export:
    """A report on its way: `chunks` can be read once, and reading it to the end finishes the report."""

    report: AuditReport
    chunks: Iterator[bytes]


def export_period(order: Order, *, by: Actor, clock: Callable[[], datetime]) -> Export:
    """Report on the tickets of the order's period; see export_tickets."""
    return export_tickets(selectors.tickets_of(order.period), order, by=by, clock=clock)


def export_tickets(
    tickets: DeletionTicketQuerySet, order: Order, *, by: Actor, clock: Callable[[], datetime]
) -> Export:
    """Record the export, then return it. A report nobody read to the end stays started and has no digest."""
    by.require(EXPORT)
    chosen = selectors.each_once(tickets)
    report = _start(order, chosen.count(), by=by, at=clock())
    return Export(report, _stream(report, chosen, by=by, clock=clock))


@dataclass
class _Tally:
    tickets: int = 0
    rows: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


@transaction.atomic
def _start(order: Order, tickets: int, *, by: Actor, at: datetime) -> AuditReport:
    period = order.period
    report = AuditReport.objects.create(
        made_by=by.user,
        via=by.via,
        started_at=at,
        moment=period.moment if period else "",
        first_date=period and period.first_date,
        last_date=period and period.last_date,
        as_format=order.as_format,
        row_format=VERSION,
        with_masks=order.with_masks,
    )
    record("report.started", report.reference, by=by, at=at, facts={**_wanted(report), "tickets": tickets})
    return report


def _stream(
    report: AuditReport, tickets: DeletionTicketQuerySet, *, by: Actor, clock: Callable[[], datetime]
) -> Iterator[bytes]:
    """Yield the file. What comes after the last piece runs once the reader has taken it, or never."""
    tally = _Tally()
    blocks = selectors.blocks(tickets, with_masks=report.with_masks, at=report.started_at)
    for piece in encode(_rows(blocks, tally), as_format=report.as_format):
        tally.digest.update(piece)
        yield piece
    _finish(report, tally, by=by, at=clock())


def _rows(blocks: Iterator[selectors.Block], tally: _Tally) -> Iterator[tuple[Plain, ...]]:
    for block in blocks:
        tally.tickets += block.tickets
        tally.rows += len(block.rows)
        yield from block.rows


@transaction.atomic
def _finish(report: AuditReport, tally: _Tally, *, by: Actor, at: datetime) -> None:
    report.state = AuditReport.State.FINISHED
    report.finished_at = at
    report.tickets, report.rows = tally.tickets, tally.rows
    report.sha256 = tally.digest.hexdigest()
    report.save(update_fields=["state", "finished_at", "tickets", "rows", "sha256"])
    facts = {"tickets": report.tickets, "rows": report.rows, "sha256": report.sha256}
    record("report.finished", report.reference, by=by, at=at, facts=facts)


def _wanted(report: AuditReport) -> dict[str, Fact]:
    return {
        "moment": report.moment or "picked",
        "from": report.first_date and report.first_date.isoformat(),
        "to": report.last_date and report.last_date.isoformat(),
        "format": str(report.as_format),
        "row_format": report.row_format,
        "with_masks": report.with_masks,
    }
