import argparse
from datetime import date

from django.core.management.base import CommandError
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.management.writing import opened
from apps.reports.errors import ReportError
from apps.reports.formats import Format
from apps.reports.models import AuditReport
from apps.reports.orders import Moment, Order, Period
from apps.reports.services import export_period
from apps.tickets.management.acting import USAGE, ActingCommand


class Command(ActingCommand):
    help = (
        "Write the audit report of a period: one row per ticket and erasure. The export is recorded in the ledger. "
        "docs/report-columns.md explains the columns."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--from", dest="first_date", type=_day, required=True, metavar="DAY", help="2026-11-01")
        parser.add_argument("--to", dest="last_date", type=_day, required=True, metavar="DAY", help="included")
        parser.add_argument("--by", dest="moment", choices=Moment.values, default=Moment.RECEIVED.value)
        parser.add_argument("--format", dest="as_format", choices=Format.values, default=Format.CSV.value)
        parser.add_argument("--without-masks", action="store_true", help="leave masked identifiers out")
        parser.add_argument("--output", required=True, metavar="FILE", help="- writes to standard output")

    def act(self, by: Actor, **options):
        report = _write(_order(options), options["output"], by=by)
        self.stderr.write(f"{report.reference}: tickets {report.tickets}, rows {report.rows}, sha256 {report.sha256}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no day such as 2026-11-01.") from None


def _order(options) -> Order:
    try:
        period = Period(options["first_date"], options["last_date"], options["moment"])
    except ReportError as error:
        raise CommandError(str(error), returncode=USAGE) from None
    return Order(period, options["as_format"], with_masks=not options["without_masks"])


def _write(order: Order, output: str, *, by: Actor) -> AuditReport:
    try:
        with opened(output) as file:
            export = export_period(order, by=by, clock=timezone.now)
            file.writelines(export.chunks)
    except OSError as error:
        raise CommandError(f"The report was not written to its end: {error.strerror}.") from None
    return export.report
