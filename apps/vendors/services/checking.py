"""Try one account because a person asks for it."""

from datetime import datetime

from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.vendors.accounts import Account, AccountError
from apps.vendors.models import VendorAccount
from apps.vendors.pace import pace_of
from apps.vendors.probing import Probe, probe
from apps.vendors.selectors import configuration_of

from .quota import reserve_looks


def check_account(account: VendorAccount, *, by: Actor, at: datetime) -> Probe:
    """Look for somebody who cannot exist, and record what came of it; counts as one look and resumes nothing.

    Raises AccountError where this host's environment cannot be used for the account, or its minute is used up. No
    transaction is open meanwhile.
    """
    by.require("vendors.pause_vendoraccount")
    configuration = configuration_of(account)
    _reserve(account, configuration, at=at)
    pace_of(account.name, configuration.options).wait()
    found = probe(configuration)
    _tell(account, found, by=by, at=at)
    return found


@transaction.atomic
def _reserve(account: VendorAccount, configuration: Account, *, at: datetime) -> None:
    options = configuration.options
    if not reserve_looks(account, options, wanted=1, at=at):
        raise AccountError(f"{account.name} takes {options.per_minute} calls a minute: none is left now.")


@deed()
def _tell(account: VendorAccount, found: Probe, *, by: Actor, at: datetime) -> None:
    record("account.checked", account.reference, by=by, at=at, facts={"works": found.works})
