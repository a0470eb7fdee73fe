import csv
import json

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.audit.actors import Actor
from apps.privacy.cells import plain_cell
from apps.tickets.selectors.listing import describe_tickets
from apps.tickets.services.deciding import show_identifiers

COLUMNS = ("reference", "status", "resolution", "opened_by", "approved_by", "received_at", "due_at")
ERASURE = ("account", "kind", "status", "last_http_status", "attempts")


class Command(BaseCommand):
    help = "List tickets with their erasures. --show-identifiers prints identifiers as typed, and is an event."

    def add_arguments(self, parser):
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
        parser.add_argument("--show-identifiers", action="store_true")

    def handle(self, **options):
        self._with_identifiers = options["show_identifiers"]
        if self._with_identifiers:
            show_identifiers(by=Actor.command(None), at=timezone.now())
        tickets = describe_tickets(at=timezone.now(), with_identifiers=self._with_identifiers)
        getattr(self, f"_print_{options['format']}")(tickets)

    def _print_json(self, tickets):
        self.stdout.write(json.dumps(list(tickets), ensure_ascii=False, indent=1))

    def _print_csv(self, tickets):
        writer, shown = csv.writer(self.stdout, lineterminator="\n"), ["identifiers"] * self._with_identifiers
        writer.writerow([*COLUMNS, *(f"erasure_{name}" if name == "status" else name for name in ERASURE), *shown])
        for ticket in tickets:
            identifiers = [_identifiers(ticket)] if self._with_identifiers else []
            for erasure in ticket["erasures"]:
                values = [*(ticket[name] for name in COLUMNS), *(erasure[name] for name in ERASURE), *identifiers]
                writer.writerow(plain_cell(value) if isinstance(value, str) else value for value in values)

    def _print_table(self, tickets):
        for ticket in tickets:
            self.stdout.write(
                f"{ticket['reference']}  {ticket['status']:<18} {ticket['resolution'] or '-':<20} {ticket['due_at']}"
            )
            if self._with_identifiers:
                self.stdout.write(f"    {_identifiers(ticket)}")
            for erasure in ticket["erasures"]:
                code = erasure["last_http_status"] or "---"
                self.stdout.write(f"    {erasure['account']:<20} {erasure['kind']:<12} {code}  {erasure['status']}")


def _identifiers(ticket):
    return "; ".join(f"{kind}={value}" for kind, value in ticket["identifiers"].items())
