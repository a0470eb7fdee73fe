"""Try one account because a person asks for it."""

from datetime import datetime

from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.vendors.models import VendorAccount
from apps.vendors.probing import Probe, probe
from apps.vendors.selectors import configuration_of


def check_account(account: VendorAccount, *, by: Actor, at: datetime) -> Probe:
    """Look for somebody who cannot exist, and record what came of it; counts as no deletion and resumes nothing.

    Raises AccountError where this host's environment cannot be used for the account. No transaction is open meanwhile.
    """
    by.require("vendors.pause_vendoraccount")
    found = probe(configuration_of(account))
    with transaction.atomic():
        record("account.checked", account.reference, by=by, at=at, facts={"works": found.works})
    return found
