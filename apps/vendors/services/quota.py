"""Count what is sent per account and minute, and grant no more than the vendor takes.

Source: Bento's page on data deletion requests, "1,000 requests per day", hour of reset and scope unstated. A rolling
window of 24 hours keeps that promise for every hour at which the vendor's day may begin.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet, Sum

from apps.vendors.accounts import AccountError, Options
from apps.vendors.day import counts_since, counts_until
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.selectors import configuration_of


def reserve_sends(account: VendorAccount, options: Options, *, wanted: int, urgent: bool, at: datetime) -> int:
    """Grant up to ``wanted`` deletions and count them as sent; needs a transaction, which locks the account's row.

    ``urgent=N`` of the account keeps the last N sends of the day for urgent tickets, whatever urgent ones went before.
    """
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    granted = min(wanted, _left_today(row, options, urgent=urgent, at=at))
    _count(row, at, sends=granted)
    return granted


def give_back_send(account: VendorAccount, *, sent_at: datetime) -> None:
    """Return one send to the day it was counted in; only for a request that provably never left this machine.

    Locks the account first, as ``reserve_sends`` does: two that lock in another order wait for each other.
    """
    VendorAccount.objects.select_for_update().get(pk=account.pk)
    Usage.objects.filter(account=account, minute=_minute(sent_at), sends__gt=0).update(sends=F("sends") - 1)


def sends_left(account: VendorAccount, options: Options, *, at: datetime) -> int | None:
    """Return how many deletions still fit into the vendor's day, the urgent share included; None means no limit."""
    if options.per_day is None:
        return None
    return _left_today(account, options, urgent=True, at=at)


@dataclass(frozen=True)
class Allowance:
    """What the vendor's day still takes: ``left`` is None without a limit, ``next_at`` where a send fits now.

    ``kept`` of those left are for urgent tickets alone; ``next_at`` is an ordinary ticket's.
    """

    per_day: int | None
    left: int | None
    next_at: datetime | None
    kept: int = 0

    @property
    def told(self) -> str:
        """Say it in a few words."""
        if self.left is None:
            return "no limit"
        kept = f", {self.kept:,} of them for urgent tickets" if self.kept else ""
        return f"{self.left:,} of {self.per_day:,}{kept}"


def allowance_of(account: VendorAccount, *, at: datetime) -> Allowance:
    """Say what is left today, for pages; an account of another host is judged by its mirrored limits."""
    options = _options_of(account)
    left = sends_left(account, options, at=at)
    kept = min(options.urgent, left or 0)
    return Allowance(options.per_day, left, next_slot_at(account, options, at=at), kept)


def next_slot_at(account: VendorAccount, options: Options, *, at: datetime) -> datetime | None:
    """Return when the next ordinary deletion fits into the day, or None where one fits now."""
    if _left_today(account, options, urgent=False, at=at) > 0:
        return None
    room = max(1, (options.per_day or 1) - options.urgent)
    moments = [_when_fewer_are_used(account, options, room, at=at), account.day_closed_until]
    return max((moment for moment in moments if moment), default=None)


def is_half_used(account: VendorAccount, options: Options, *, at: datetime) -> bool:
    """Tell whether at least half of the day was sent, so that a vendor which stays busy may mean its day."""
    return options.per_day is not None and _used(account, options, at=at) * 2 >= options.per_day


def day_frees_at(account: VendorAccount, options: Options, *, at: datetime) -> datetime | None:
    """Return when the first of the counted deletions leaves the day; None where none is counted."""
    used = _used(account, options, at=at)
    return _when_fewer_are_used(account, options, used, at=at) if used else None


def _when_fewer_are_used(account: VendorAccount, options: Options, limit: int, *, at: datetime) -> datetime | None:
    """Return when so many of the oldest sends have left the day that fewer than ``limit`` count."""
    minutes = list(_used_in_window(account, options, at=at).order_by("minute").values_list("minute", "sends"))
    used = sum(sends for _, sends in minutes)
    for minute, sends in minutes:
        used -= sends
        if used < limit:
            return counts_until(options, minute)
    return None


def _left_today(account: VendorAccount, options: Options, *, urgent: bool, at: datetime) -> int:
    if account.is_day_closed(at):
        return 0
    if options.per_day is None:
        return 1_000_000
    kept = 0 if urgent else options.urgent
    return max(0, options.per_day - kept - _used(account, options, at=at))


def _used(account: VendorAccount, options: Options, *, at: datetime) -> int:
    return _used_in_window(account, options, at=at).aggregate(n=Sum("sends"))["n"] or 0


def _used_in_window(account: VendorAccount, options: Options, *, at: datetime) -> QuerySet[Usage]:
    accounts = VendorAccount.objects.of_one_day(account)
    return Usage.objects.filter(account__in=accounts, minute__gt=counts_since(options, at))


def _options_of(account: VendorAccount) -> Options:
    try:
        return configuration_of(account).options
    except AccountError:
        return Options(per_day=account.per_day, per_minute=account.per_minute, per_second=account.per_second)


def _count(account: VendorAccount, at: datetime, *, sends: int) -> None:
    if sends:
        minute, _ = Usage.objects.get_or_create(account=account, minute=_minute(at))
        Usage.objects.filter(pk=minute.pk).update(sends=F("sends") + sends)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
