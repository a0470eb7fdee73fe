"""Try one account because a person asks for it."""

from contextlib import suppress
from datetime import datetime

from django.db import DatabaseError, transaction

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.vendors.accounts import Account, AccountError
from apps.vendors.models import VendorAccount
from apps.vendors.probing import Probe, probe
from apps.vendors.selectors import configuration_of

from .pacing import Clock, OwnPace, pace_in_words, reserve_looks


def check_account(account: VendorAccount, *, by: Actor, clock: Clock) -> Probe:
    """Look for somebody who cannot exist, and record what came of it; counts as one look and resumes nothing.

    Raises AccountError where this host's environment cannot be used for the account, or its minute is used up. No
    transaction is open meanwhile.
    """
    by.require("vendors.pause_vendoraccount")
    configuration = configuration_of(account)
    _reserve(account, configuration, at=clock())
    OwnPace(account, configuration.options, clock).wait()
    found = probe(configuration)
    _tell(account, found, by=by, at=clock())
    return found


def check_at_shell(configuration: Account, *, clock: Clock) -> tuple[Probe, bool]:
    """Look for somebody who cannot exist as soon as the account's pace allows it; False where nobody could count it.

    What came of it stands on the account's page. Keys have to be tried before there is a database, so one without the
    account, or none at all, stops nothing.
    """
    row = _wait_for_turn(configuration, clock)
    found = probe(configuration)
    if row:
        with suppress(DatabaseError):
            _note(row, found, at=clock())
    return found, row is not None


def _wait_for_turn(configuration: Account, clock: Clock) -> VendorAccount | None:
    try:
        row = VendorAccount.objects.filter(name=configuration.name).first()
        if row:
            OwnPace(row, configuration.options, clock).wait()
    except DatabaseError:
        return None
    return row


@transaction.atomic
def _reserve(account: VendorAccount, configuration: Account, *, at: datetime) -> None:
    options = configuration.options
    if not reserve_looks(account, options, wanted=1, at=at):
        raise AccountError(f"{account.name} takes {pace_in_words(options.per_minute)}: none is free at this moment.")


@deed()
def _tell(account: VendorAccount, found: Probe, *, by: Actor, at: datetime) -> None:
    _note(account, found, at=at)
    record("account.checked", account.reference, by=by, at=at, facts={"works": found.works})


def _note(row: VendorAccount, found: Probe, *, at: datetime) -> None:
    said = {"checked_at": at, "check_failed": not found.works, "check_words": found.sentence}
    VendorAccount.objects.filter(pk=row.pk).update(**said)
