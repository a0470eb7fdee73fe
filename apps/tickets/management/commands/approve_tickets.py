from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from apps.audit.actors import Actor
from apps.tickets.errors import Refusal
from apps.tickets.management.acting import USAGE, ActingCommand
from apps.tickets.models import DeletionTicket
from apps.tickets.models.ticket import NotSuppressed, SourcesPaused
from apps.tickets.selectors.approvals import forecast_approval
from apps.tickets.selectors.costs import odd_sites
from apps.tickets.services.approving import approve
from apps.tickets.states import TicketStatus


class Command(ActingCommand):
    help = (
        "Approve tickets as the second person. Warns where an account knows hardly anybody: it may be the wrong site. "
        "Exit code 3: done, but some tickets were refused (listed)."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("references", nargs="*", metavar="REF", help="references such as DEL-2026-000123")
        parser.add_argument("--all", action="store_true", help="every ticket that needs approval")
        parser.add_argument(
            "--sources-paused", action="store_true", help="Stripe, Shopify, webhook replays and imports are paused"
        )
        parser.add_argument(
            "--not-suppressed",
            choices=NotSuppressed.values,
            default="",
            metavar="CODE",
            help=f"keep the subjects off the suppression list, because of: {', '.join(NotSuppressed.values)}",
        )

    def act(self, by: Actor, **options):
        if not settings.COMMAND_APPROVAL:
            raise CommandError("COMMAND_APPROVAL is off: tickets are approved on their pages.", returncode=USAGE)
        if options["all"] == bool(options["references"]):
            raise CommandError("Name tickets, or say --all.", returncode=USAGE)
        tickets = _named(options["references"]) if options["references"] else _waiting()
        count = tickets.count()
        paused = SourcesPaused.PAUSED if options["sources_paused"] else SourcesPaused.NOT_PAUSED
        now = timezone.now()
        for told in forecast_approval(tickets, at=now).told(now):
            self.stdout.write(f"{told.name}: {told.text}")
        for site in odd_sites(tickets):
            self.stderr.write(f"Warning: {site.name}: {site.told}")
        refusals = approve(tickets, sources_paused=paused, not_suppressed=options["not_suppressed"], by=by, at=now)
        self.stdout.write(f"Approved {count - len(refusals)} of {count} tickets.")
        self.finish([*refusals, *_unknown(options["references"])])


def _waiting():
    return DeletionTicket.objects.filter(status=TicketStatus.PENDING_APPROVAL)


def _named(references):
    return DeletionTicket.objects.filter(reference__in=references)


def _unknown(references):
    known = set(_named(references).values_list("reference", flat=True))
    return [Refusal(reference, "there is no such ticket") for reference in references if reference not in known]
