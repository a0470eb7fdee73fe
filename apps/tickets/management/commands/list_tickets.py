import csv
import json

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.audit.actors import Actor
from apps.tickets.selectors.listing import describe_tickets
from apps.tickets.services.deciding import show_identifiers

COLUMNS = ("reference", "status", "resolution", "opened_by", "approved_by", "received_at", "due_at")


class Command(BaseCommand):
    help = "List tickets with their erasures. --show-identifiers prints identifiers as typed, and is an event."

    def add_arguments(self, parser):
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
        parser.add_argument("--show-identifiers", action="store_true")

    def handle(self, **options):
        with_identifiers = options["show_identifiers"]
        if with_identifiers:
            show_identifiers(by=Actor.command(None), at=timezone.now())
        tickets = describe_tickets(with_identifiers=with_identifiers)
        getattr(self, f"_print_{options['format']}")(tickets)

    def _print_json(self, tickets):
        self.stdout.write(json.dumps(list(tickets), ensure_ascii=False, indent=1))

    def _print_csv(self, tickets):
        writer = csv.writer(self.stdout)
        writer.writerow([*COLUMNS, "account", "kind", "erasure_status", "last_http_status", "attempts"])
        for ticket in tickets:
            for erasure in ticket["erasures"]:
                values = [erasure[name] for name in ("account", "kind", "status", "last_http_status", "attempts")]
                writer.writerow([*(ticket[name] for name in COLUMNS), *values])

    def _print_table(self, tickets):
        for ticket in tickets:
            self.stdout.write(
                f"{ticket['reference']}  {ticket['status']:<18} {ticket['resolution'] or '-':<20} {ticket['due_at']}"
            )
            for erasure in ticket["erasures"]:
                code = erasure["last_http_status"] or "---"
                self.stdout.write(f"    {erasure['account']:<20} {erasure['kind']:<12} {code}  {erasure['status']}")
