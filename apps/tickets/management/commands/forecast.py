import csv
import json
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.privacy.cells import plain_cell
from apps.tickets.hurdles import CONDITIONS
from apps.tickets.management.acting import USAGE
from apps.tickets.moments import count
from apps.tickets.selectors.forecasts import Backlog, Forecast, backlogs
from apps.vendors.models import VendorAccount

COLUMNS = (
    "account",
    "reference",
    "kind",
    "waits_for",
    "forecast_send_at",
    "forecast_at",
    "last_safe_send_at",
    "due_at",
    "late",
)


class Command(BaseCommand):
    help = (
        "Tell when each waiting erasure leaves, when its answer is expected, the last safe moment to send, and what "
        "will be late. What waits for a person is told as if everybody decided now. Changes nothing and calls nobody. "
        "The exit code is 0 also where something will be late; 2 for an unknown account."
    )

    def add_arguments(self, parser):
        parser.add_argument("--account", default="", metavar="NAME", help="only this account, such as bento")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")

    def handle(self, **options):
        account = options["account"].lower()
        if account and not VendorAccount.objects.filter(name=account).exists():
            raise CommandError(f"There is no account “{options['account']}”.", returncode=USAGE)
        getattr(self, f"_print_{options['format']}")(backlogs(at=timezone.now(), account=account))

    def _print_json(self, found: list[Backlog]):
        self.stdout.write(json.dumps(list(_lines(found)), indent=1))

    def _print_csv(self, found: list[Backlog]):
        writer = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for line in _lines(found):
            writer.writerow({name: _cell(value) for name, value in line.items()})

    def _print_table(self, found: list[Backlog]):
        for backlog in found:
            finish_at = max(row.answer_at for row in backlog.forecasts)
            late = len({row.ticket for row in backlog.forecasts if row.is_late})
            self.stdout.write(
                f"{backlog.account.name}: {count(len(backlog.forecasts), 'erasure')}, finished {_local(finish_at)}, "
                f"{count(late, 'ticket')} late"
            )
            for row in backlog.forecasts:
                self.stdout.write(_table_line(row))
        if not found:
            self.stdout.write("Nothing waits.")


def _table_line(row: Forecast) -> str:
    condition = CONDITIONS.get(row.hurdle, "")
    sends = f"leaves {_local(row.send_at)}" if row.send_at else "sent"
    late = "  LATE" if row.is_late else ""
    note = f"  ({condition})" if condition else ""
    answer = f"answer {_local(row.answer_at)}"
    return f"  {row.reference}  {row.kind:<12} {sends:<24} {answer:<24} due {_local(row.due_at)}{late}{note}"


def _lines(found: list[Backlog]):
    for backlog in found:
        for row in backlog.forecasts:
            values = (
                backlog.account.name,
                row.reference,
                row.kind,
                row.hurdle.value,
                _utc(row.send_at),
                _utc(row.answer_at),
                _utc(row.last_safe_at),
                _utc(row.due_at),
                row.is_late,
            )
            yield dict(zip(COLUMNS, values, strict=True))


def _cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain_cell(value) if isinstance(value, str) else value


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
