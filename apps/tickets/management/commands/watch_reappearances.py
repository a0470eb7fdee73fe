from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.actors import Actor
from apps.tickets.management.acting import USAGE
from apps.tickets.selectors.due import workable_accounts
from apps.tickets.selectors.reappearances import undecided
from apps.tickets.services.watching import search_again, watch


class Command(BaseCommand):
    help = (
        "Look for people who came back after their erasure, one run for each account. Workers do it every 15 minutes; "
        "what a vendor answers never changes the exit code."
    )

    def add_arguments(self, parser):
        parser.add_argument("--account", metavar="NAME", help="VENDOR_NAME in lower case; all accounts without it")
        parser.add_argument(
            "--search-again", action="store_true", help="try a refused search now, instead of a day after the refusal"
        )

    def handle(self, **options):
        accounts = [row for row in workable_accounts() if options["account"] in (None, row.name)]
        if options["account"] and not accounts:
            raise CommandError(f"No account “{options['account']}” can be called now.", returncode=USAGE)
        for account in accounts:
            if options["search_again"]:
                search_again(account, by=Actor.command(), at=timezone.now())
            self.stdout.write(f"{account.name}: {_told(watch(account, clock=timezone.now))}")
        self.stdout.write(f"{undecided().count()} reappearances to be decided.")


def _told(run):
    """Say what a run came to; None is one that had nothing to do, or that another worker does already."""
    if run is None:
        return "nobody to watch now."
    return f"the run failed: {run.failure}." if run.failure else f"watched by {run.get_mode_display().lower()}."
