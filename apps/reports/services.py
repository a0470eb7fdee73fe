"""Make audit reports, and the reconstruction of one ticket."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from apps.audit.actors import Actor
from apps.audit.chain import Fact
from apps.audit.models import AuditSnapshot
from apps.audit.selectors import history
from apps.audit.services import deed, open_snapshot, record
from apps.privacy.failpoints import Failpoint, reach
from apps.privacy.vault import VaultError
from apps.tickets.models import DeletionTicket
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.selectors.identifiers import identifiers_of
from apps.tickets.selectors.pages import load_erasures

from . import selectors
from .columns import VERSION, Plain
from .concealing import conceal
from .formats import encode, utc
from .models import AuditReport
from .orders import Order
from .reconstruction import Document, Story, document_of

EXPORT = "reports.export_auditreport"
RECONSTRUCT = "audit.view_auditsnapshot"


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


@deed()
def reconstruct(ticket: DeletionTicket, *, with_identifiers: bool, by: Actor, at: datetime) -> bytes:
    """Return the ticket's document as JSON, itself in its ledger: each snapshot that was opened for it is an event."""
    by.require(RECONSTRUCT)
    erasures = load_erasures(ticket)
    typed = _typed(ticket)
    hide = (lambda value: value) if with_identifiers else partial(conceal, identifiers=typed)
    snapshots = [each for erasure in erasures for each in (erasure.before, erasure.after) if each]
    tell = hide if with_identifiers else lambda held: hide(_without_raw(held))
    contents = {snapshot.pk: tell(_opened(snapshot, by=by, at=at)) for snapshot in snapshots}
    facts = {"with_identifiers": with_identifiers, "snapshots": sum(each is not None for each in contents.values())}
    record("ticket.reconstructed", ticket.reference, by=by, at=at, facts=facts)
    shown = typed if with_identifiers else {}
    story = Story(ticket, erasures, shown, contents, list(history(ticket.reference)), hide)
    made = {"made_at": utc(at), "made_by": by.name, "with_identifiers": with_identifiers}
    return json.dumps({**document_of(story), **made}, ensure_ascii=False, indent=2).encode()


def _typed(ticket: DeletionTicket) -> dict[str, str]:
    try:
        return identifiers_of(ticket)
    except VaultError:
        return {}


def _opened(snapshot: AuditSnapshot, *, by: Actor, at: datetime) -> Document | None:
    try:
        return open_snapshot(snapshot, by=by, at=at)
    except VaultError:
        return None


def _without_raw(held: Document | None) -> Document | None:
    """Leave the raw answer out: it is one text, and whose customer ids stand in it cannot be told from other words."""
    return held and {name: value for name, value in held.items() if name != "raw"}


@dataclass
class _Tally:
    tickets: int = 0
    rows: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


@deed()
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
        reach(Failpoint.EXPORT_UNFINISHED)
    _finish(report, tally, by=by, at=clock())


def _rows(blocks: Iterator[selectors.Block], tally: _Tally) -> Iterator[tuple[Plain, ...]]:
    for block in blocks:
        tally.tickets += block.tickets
        tally.rows += len(block.rows)
        yield from block.rows


@deed()
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
