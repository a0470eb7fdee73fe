from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.actors import Actor
from apps.vendors.accounts import AccountError
from apps.vendors.selectors import configured_accounts
from apps.vendors.services.accounts import sync_accounts


class Command(BaseCommand):
    help = "Mirror the vendor accounts of the environment (VENDOR_NAME=…) into the database, without their keys."

    def handle(self, **options):
        try:
            rows = sync_accounts(configured_accounts(), by=Actor.command(None), at=timezone.now())
        except AccountError as error:
            raise CommandError(str(error), returncode=2) from None
        for row in rows:
            self.stdout.write(f"{row.name}: {row.vendor} at {row.host}" + (" (paused)" if row.is_paused else ""))
        if not rows:
            self.stdout.write("No VENDOR_NAME variable is set: no account, so no ticket can be opened.")
