"""Count what is sent per account and minute, and grant no more than the vendor takes.

Source: Bento's page on data deletion requests, "1,000 requests per day", hour of reset and scope unstated. A rolling
window of 24 hours keeps that promise for every hour at which the vendor's day may begin.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Sum

from apps.vendors.accounts import AccountError, Options
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.selectors import configuration_of

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def reserve_sends(account: VendorAccount, options: Options, *, wanted: int, urgent: bool, at: datetime) -> int:
    """Grant up to ``wanted`` deletions and count them as sent; needs a transaction, which locks the account's row.

    ``urgent=N`` of the account keeps N sends of the day for urgent tickets.
    """
    VendorAccount.objects.select_for_update().get(pk=account.pk)
    granted = min(wanted, _left_today(account, options, urgent=urgent, at=at))
    _count(account, at, sends=granted)
    return granted


def reserve_looks(account: VendorAccount, options: Options, *, wanted: int, at: datetime) -> bool:
    """Grant ``wanted`` look-up calls together, or none; needs a transaction, which locks the account's row.

    A generic cell rate algorithm, shared by all workers: never more than ``per_minute`` calls in any 60 seconds. Calls
    that exceed its burst get an idle minute of their own, even where no minute can hold them: else they wait for ever.
    """
    if options.per_minute is None:
        return True
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    grant = _grant_burst if wanted <= _burst(options.per_minute) else _grant_whole_minute
    slot_at = grant(row.look_slot_at or at - MINUTE, options.per_minute, wanted=wanted, at=at)
    if slot_at:
        VendorAccount.objects.filter(pk=row.pk).update(look_slot_at=slot_at)
    return slot_at is not None


def _burst(per_minute: int) -> int:
    return per_minute // 8 + 1


def _spacing(per_minute: int) -> timedelta:
    """Return the pace after a burst, at which burst and pace together fill 60 seconds and no more."""
    return MINUTE / (per_minute - _burst(per_minute) + 1)


def _grant_burst(slot_at: datetime, per_minute: int, *, wanted: int, at: datetime) -> datetime | None:
    spacing, slot_at = _spacing(per_minute), max(at, slot_at)
    return slot_at + spacing * wanted if slot_at + spacing * (wanted - _burst(per_minute)) <= at else None


def _grant_whole_minute(slot_at: datetime, per_minute: int, *, wanted: int, at: datetime) -> datetime | None:
    """Grant where 60 seconds have passed since the last call, and let 60 more pass before the next one."""
    return at + MINUTE + _spacing(per_minute) * _burst(per_minute) if slot_at + MINUTE <= at else None


def give_back_send(account: VendorAccount, *, sent_at: datetime) -> None:
    """Return one send to the day it was counted in; only for a request that provably never left this machine."""
    Usage.objects.filter(account=account, minute=_minute(sent_at), sends__gt=0).update(sends=F("sends") - 1)


def sends_left(account: VendorAccount, options: Options, *, at: datetime) -> int | None:
    """Return how many deletions still fit into the vendor's day, the urgent share included; None means no limit."""
    if options.per_day is None:
        return None
    return _left_today(account, options, urgent=True, at=at)


@dataclass(frozen=True)
class Allowance:
    """What the vendor's day still takes: ``left`` is None without a limit, ``next_at`` where a send fits now."""

    per_day: int | None
    left: int | None
    next_at: datetime | None


def allowance_of(account: VendorAccount, *, at: datetime) -> Allowance:
    """Say what is left today, for pages; an account of another host is judged by its mirrored limits."""
    options = _options_of(account)
    return Allowance(options.per_day, sends_left(account, options, at=at), next_slot_at(account, options, at=at))


def next_slot_at(account: VendorAccount, options: Options, *, at: datetime) -> datetime | None:
    """Return when the next ordinary deletion fits into the day, or None where one fits now."""
    if _left_today(account, options, urgent=False, at=at) > 0:
        return None
    if options.day == "calendar":
        return _day_start(options, at) + DAY
    return _when_enough_has_left_the_window(account, options, at=at)


def _when_enough_has_left_the_window(account: VendorAccount, options: Options, *, at: datetime) -> datetime | None:
    """Return when so many of the oldest sends have passed that an ordinary one fits again."""
    minutes = list(_used_in_window(account, options, at=at).order_by("minute").values_list("minute", "sends"))
    used = sum(sends for _, sends in minutes)
    for minute, sends in minutes:
        used -= sends
        if used < options.per_day - options.urgent:
            return minute + DAY + MINUTE
    return None


def _left_today(account: VendorAccount, options: Options, *, urgent: bool, at: datetime) -> int:
    if options.per_day is None:
        return 1_000_000
    used = _used_in_window(account, options, at=at).aggregate(n=Sum("sends"))["n"] or 0
    kept = 0 if urgent else options.urgent
    return max(0, options.per_day - kept - used)


def _used_in_window(account: VendorAccount, options: Options, *, at: datetime) -> QuerySet[Usage]:
    """Return the minutes that still count; one counts until its last second is a day old."""
    counted = Q(minute__gte=_day_start(options, at)) if options.day == "calendar" else Q(minute__gt=at - DAY - MINUTE)
    return Usage.objects.filter(counted, account=account)


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


def _day_start(options: Options, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(options.tz)).replace(hour=0, minute=0, second=0, microsecond=0)
