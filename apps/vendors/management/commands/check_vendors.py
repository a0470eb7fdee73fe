from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.vendors.accounts import AccountError
from apps.vendors.selectors import configured_accounts
from apps.vendors.services.checking import check_at_shell

UNCOUNTED = " Not counted against its pace: the database does not have this account."


class Command(BaseCommand):
    help = "Try every vendor account with a harmless read and say in words which key is refused. Changes nothing."

    def handle(self, **options):
        try:
            results = [check_at_shell(account, clock=timezone.now) for account in configured_accounts()]
        except AccountError as error:
            raise CommandError(str(error), returncode=2) from None
        if not results:
            self.stdout.write("No VENDOR_NAME variable is set: there is nothing to try.")
        for result, is_counted in results:
            self.stdout.write(f"{result.account}: {result.sentence}{'' if is_counted else UNCOUNTED}")
        if not all(result.works for result, _ in results):
            raise CommandError("At least one account does not work.", returncode=1)
