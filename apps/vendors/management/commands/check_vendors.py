from django.core.management.base import BaseCommand, CommandError

from apps.vendors.accounts import AccountError
from apps.vendors.probing import probe
from apps.vendors.selectors import configured_accounts


class Command(BaseCommand):
    help = "Try every vendor account with a harmless read and say in words which key is refused. Changes nothing."

    def handle(self, **options):
        try:
            results = [probe(account) for account in configured_accounts()]
        except AccountError as error:
            raise CommandError(str(error), returncode=2) from None
        if not results:
            self.stdout.write("No VENDOR_NAME variable is set: there is nothing to try.")
        for result in results:
            self.stdout.write(f"{result.account}: {result.sentence}")
        if not all(result.works for result in results):
            raise CommandError("At least one account does not work.", returncode=1)
