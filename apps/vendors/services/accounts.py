"""Mirror the environment's accounts, pause them and resume them."""

from collections.abc import Iterable
from datetime import datetime

from apps.audit.actors import Actor, NotAllowed
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.vendors.accounts import Account
from apps.vendors.models import Lane, VendorAccount

from .lanes import LANE_TASK, SWEEP_TASK

DISOWNED_THAT_PAUSE = 20
_FRESH = {
    "wait_until": None,
    "waiting_since": None,
    "waits": 0,
    "send_waits": 0,
    "day_closed_until": None,
    "failures": [],
    "broken_at": None,
    "trips": 0,
    "probing_until": None,
    "misrouted": [],
    "disowned": [],
}


@deed()
def sync_accounts(accounts: Iterable[Account], *, by: Actor, at: datetime) -> list[VendorAccount]:
    """Make the rows say what the environment says; accounts it no longer names stay for history and take no new work.

    Safe to repeat: an unchanged account causes no event.
    """
    rows = [_mirror(account, by=by, at=at) for account in accounts]
    gone = VendorAccount.objects.filter(is_active=True).exclude(pk__in=[row.pk for row in rows])
    for row in gone.order_by("name"):
        VendorAccount.objects.filter(pk=row.pk).update(is_active=False, synced_at=at)
        record("account.retired", row.reference, by=by, at=at)
    return rows


def _mirror(account: Account, *, by: Actor, at: datetime) -> VendorAccount:
    options = account.options
    said = {
        "vendor": account.vendor,
        "host": account.host,
        "site": account.site,
        "per_day": options.per_day,
        "per_minute": options.per_minute,
        "per_second": options.per_second,
        "is_active": True,
    }
    before = VendorAccount.objects.filter(name=account.name).values(*said).first()
    row, _ = VendorAccount.objects.update_or_create(name=account.name, defaults={**said, "synced_at": at})
    _lay_lanes(row, options.lanes)
    if before != said:
        record("account.synced", row.reference, by=by, at=at, facts=said)
    return row


def _lay_lanes(row: VendorAccount, wanted: int) -> None:
    row.lanes.filter(number__gt=wanted).delete()
    Lane.objects.bulk_create(
        [Lane(account=row, number=number) for number in range(1, wanted + 1)], ignore_conflicts=True
    )


@deed()
def pause(account: VendorAccount, code: str, *, by: Actor, at: datetime) -> bool:
    """Stop all traffic of an account until a person resumes it; return False where it was paused already."""
    if by.user:
        by.require("vendors.pause_vendoraccount")
    paused = VendorAccount.objects.filter(pk=account.pk, paused_at=None).update(
        paused_at=at, pause_code=code, paused_by=by.user
    )
    if paused:
        record("account.paused", account.reference, by=by, at=at, facts={"code": code})
    return bool(paused)


class CheckFailed(Exception):
    """The last check of the account failed. The message says what it said."""


@deed()
def resume(account: VendorAccount, *, by: Actor, at: datetime, despite_check: bool = False) -> bool:
    """Let traffic flow again at once and forget all that held it back; return False where it was not paused.

    Whom it did not know in the run that paused it is asked for again, after a look. Raises NotAllowed for anybody
    without a name: what a machine paused, no machine resumes; and CheckFailed, unless that is what they mean.
    """
    if by.user is None:
        raise NotAllowed("An account is resumed by a person who gives their name.")
    by.require("vendors.pause_vendoraccount")
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    if not row.is_paused:
        return False
    if row.check_failed and not despite_check:
        raise CheckFailed(f"The last check of {row.name} said: {row.check_words}")
    again = _to_ask_again(row)
    resumed = {"paused_at": None, "pause_code": "", "paused_by": None, "to_ask_again": again}
    VendorAccount.objects.filter(pk=row.pk).update(**resumed, **_FRESH)
    record("account.resumed", row.reference, by=by, at=at)
    if again:
        ring(SWEEP_TASK)
    for _ in range(row.lanes.count()):
        ring(LANE_TASK, row.pk)
    return True


def _to_ask_again(row: VendorAccount) -> list[str]:
    """Return whom only the account's site or key can have made unknown: so many in a row are no coincidence."""
    return row.to_ask_again + (row.disowned if len(row.disowned) >= DISOWNED_THAT_PAUSE else [])
