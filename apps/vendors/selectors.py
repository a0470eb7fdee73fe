from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings

from .accounts import Account, AccountError, Options, parse_account
from .models import VendorAccount, VendorAccountQuerySet
from .registry import CLIENTS


def option_defaults() -> dict[str, Options]:
    """Return what each vendor's client sets where a variable is silent."""
    return {name: client.options for name, client in CLIENTS.items()}


def read_accounts() -> Iterator[Account | AccountError]:
    """Yield every ``VENDOR_NAME`` variable as an account, or as the error that says why it is none."""
    for name, url in sorted(settings.VENDOR_SECRET_URLS.items()):
        try:
            account = parse_account(name, url, defaults=option_defaults())
            CLIENTS[account.vendor].accepts(account)
        except AccountError as error:
            yield error
        else:
            yield account


def configured_accounts() -> list[Account]:
    """Return all accounts of the environment; raises AccountError at the first wrong one."""
    accounts = []
    for account in read_accounts():
        if isinstance(account, AccountError):
            raise account
        accounts.append(account)
    return accounts


def accounts_of_this_host() -> VendorAccountQuerySet:
    """Return the usable accounts whose keys this host's environment holds."""
    return VendorAccount.objects.usable().filter(name__in=settings.VENDOR_SECRET_URLS)


def configuration_of(row: VendorAccount) -> Account:
    """Return keys and options of a mirrored account; raises AccountError where the environment no longer names it."""
    url = settings.VENDOR_SECRET_URLS.get(row.name)
    if url is None:
        raise AccountError(f"VENDOR_{row.name.upper()} is not set on this host: its work waits.")
    return parse_account(row.name, url, defaults=option_defaults())


def options_of(row: VendorAccount) -> Options:
    """Return how an account is paced; where only another host names it, its mirrored limits and the vendor's defaults.

    For what is shown. Whoever sends asks ``configuration_of``, which has the keys.
    """
    try:
        return configuration_of(row).options
    except AccountError:
        usual = option_defaults().get(row.vendor, Options())
        return replace(usual, per_day=row.per_day, per_minute=row.per_minute, per_second=row.per_second)


def stopped_accounts() -> VendorAccountQuerySet:
    """Return the accounts that are paused or do not answer, with who paused them."""
    stopped = VendorAccount.objects.usable().exclude(paused_at=None, broken_at=None)
    return stopped.select_related("paused_by").order_by("name")
