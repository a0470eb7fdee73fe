import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import CommandError
from django.utils import timezone

from apps.audit.actors import Actor
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
        with _opened(output) as file:
            export = export_period(order, by=by, clock=timezone.now)
            file.writelines(export.chunks)
    except OSError as error:
        raise CommandError(f"The report was not written to its end: {error.strerror}.") from None
    return export.report


@contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    path = Path(output)
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.exists() and not path.is_file():  # a device or a pipe, which a file must not replace
        with _created(path) as file:
            yield file
    else:
        with _moved_into_place(path) as file:
            yield file


@contextmanager
def _moved_into_place(path: Path) -> Iterator[BinaryIO]:
    """Write beside the file and move it into place at the end, so that half a report never has its name."""
    part = path.with_name(f"{path.name}.part")
    try:
        with _created(part) as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _created(path: Path) -> BinaryIO:
    """Open for this user's eyes only."""
    try:
        return open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=USAGE) from None
