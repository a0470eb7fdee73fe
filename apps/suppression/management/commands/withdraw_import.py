from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.actors import NotAllowed
from apps.audit.management.acting import USAGE, actor_named
from apps.jobs.progress import Progress
from apps.suppression.models import SuppressionImport
from apps.suppression.services import withdraw_import


class Command(BaseCommand):
    help = (
        "Withdraw an import: lift the entries that nothing else holds. Other imports, tickets and staff keep theirs. "
        "Safe to repeat; if it was killed, the same command goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", metavar="IMPORT", help="such as import-20260601-120000-a1b2c3")
        parser.add_argument("--as", dest="user", metavar="USER", help="user name to act as (the operator)")

    def handle(self, *, reference: str, user: str | None = None, **options: object) -> None:
        source = SuppressionImport.objects.select_related("list").filter(reference=reference).first()
        if source is None:
            raise CommandError(f"There is no import {reference}.", returncode=USAGE)
        try:
            lifted = withdraw_import(source, by=actor_named(user), clock=timezone.now, tell=Progress(source.added))
        except NotAllowed as refusal:
            raise CommandError(str(refusal), returncode=USAGE) from None
        self.stdout.write(f"{lifted:,} entries of {source.list.name} lifted; {reference} holds nobody any more.")
