"""Mirror the environment's accounts, pause them and resume them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.vendors.accounts import Account
from apps.vendors.models import Lane, VendorAccount

MISROUTES_THAT_PAUSE = 3


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


@deed()
def resume(account: VendorAccount, *, by: Actor, at: datetime) -> bool:
    """Let traffic flow again and forget the waits; return False where the account was not paused."""
    by.require("vendors.pause_vendoraccount")
    resumed = (
        VendorAccount.objects.filter(pk=account.pk)
        .exclude(paused_at=None)
        .update(paused_at=None, pause_code="", paused_by=None, wait_until=None, waits=0, misrouted=[])
    )
    if resumed:
        record("account.resumed", account.reference, by=by, at=at)
    return bool(resumed)


def wait(account: VendorAccount, *, until: datetime) -> None:
    """Hold the whole account back after a 429 or 503; a shorter wait never replaces a longer one."""
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    if row.wait_until is None or row.wait_until < until:
        VendorAccount.objects.filter(pk=row.pk).update(wait_until=until, waits=row.waits + 1)


def note_documented_answer(account: VendorAccount) -> None:
    """Clear the counters that only an unbroken run of bad answers may fill."""
    VendorAccount.objects.filter(pk=account.pk).exclude(misrouted=[], waits=0).update(misrouted=[], waits=0)


def note_misrouted(account: VendorAccount, subject: str, *, by: Actor, at: datetime) -> None:
    """Count an answer that came from the wrong place; three different erasures in a row pause the account."""
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    misrouted = sorted({*row.misrouted, subject})
    VendorAccount.objects.filter(pk=row.pk).update(misrouted=misrouted)
    if len(misrouted) >= MISROUTES_THAT_PAUSE:
        pause(row, VendorAccount.Pause.WRONG_ADDRESS, by=by, at=at)


def busy_until(account: VendorAccount, *, base: timedelta, asked: float | None, at: datetime) -> datetime:
    """Return when a busy vendor may be asked again: its own Retry-After (seconds), at least the account's backoff."""
    backoff = min(base * 2**account.waits, base * 60)
    return at + max(backoff, timedelta(seconds=asked or 0))
