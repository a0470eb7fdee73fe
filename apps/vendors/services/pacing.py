"""Say how many calls may be taken on, and hand out the moments at which they begin.

Both limits are kept where a call begins, for all that call an account, on every host: ``per_second`` for each call,
``per_minute`` for all but deletions.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.vendors.accounts import Options
from apps.vendors.minute import LATE, SPAN, burst, free_at, grant, spacing
from apps.vendors.models import VendorAccount
from apps.vendors.pace import GRACE, Slot, sleep_until

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class OwnPace:
    """The pace of one thread that may use the database: each call reserves its own slot."""

    account: VendorAccount
    options: Options
    clock: Clock

    def wait(self) -> None:
        """Sleep until the next call may begin; no transaction may be open."""
        while self.options.is_paced and not sleep_until(self._next_slot()):
            pass

    def _next_slot(self) -> Slot:
        (slot,) = reserve_calls(self.account, self.options, wanted=1, clock=self.clock)
        return slot


def reserve_looks(account: VendorAccount, options: Options, *, wanted: int, at: datetime) -> bool:
    """Take on ``wanted`` calls that count against the minute, or none; needs a transaction, which locks the row.

    A generic cell rate algorithm, shared by all workers: no more is taken on than can begin soon, so that no thread
    waits long. More calls than a burst are taken on after an idle minute, even where no minute can hold them.
    """
    if options.per_minute is None:
        return True
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    take = _take_burst if wanted <= burst(options.per_minute) else _take_whole_minute
    slot_at = take(row.look_slot_at or at - SPAN, options.per_minute, wanted=wanted, at=at)
    if slot_at:
        VendorAccount.objects.filter(pk=row.pk).update(look_slot_at=slot_at)
    return slot_at is not None


@transaction.atomic
def reserve_calls(account: VendorAccount, options: Options, *, wanted: int, clock: Clock) -> list[Slot]:
    """Reserve slots for calls; all callers take turns at the row's lock. Deletions come without ``per_minute``.

    Whoever begins within the slot keeps every window of a second and of a minute; what is not used is lost. Where the
    minute is full the slot only says when to ask again and takes nothing, so that deletions pass. Hosts have to agree
    about the time (NTP).
    """
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    at, now = clock(), time.monotonic()
    begun = [_begin(row, options, at) for _ in range(wanted)]
    VendorAccount.objects.filter(pk=row.pk).update(call_slot_at=row.call_slot_at, calls_begun=row.calls_begun)
    lasts = GRACE if options.per_second else LATE.total_seconds()
    slots = [(now + (begins_at - at).total_seconds(), granted) for begins_at, granted in begun]
    return [Slot(begins, begins + lasts if granted else None) for begins, granted in slots]


def pace_in_words(per_minute: int) -> str:
    """Say what reserve_looks takes on: a few calls together, then one after the other, never a full minute at once."""
    every = spacing(per_minute).total_seconds()
    at_once = f"{burst(per_minute)} calls at once" if burst(per_minute) > 1 else "one call at a time"
    return f"{at_once}, then one every {every:.1f} seconds ({per_minute} a minute)"


def spacing_of(per_second: int) -> timedelta:
    """Return the distance of two slots: so many of them span a second even where the first begins late."""
    return (SECOND + timedelta(seconds=GRACE)) / per_second + MICROSECOND


def _begin(row: VendorAccount, options: Options, at: datetime) -> tuple[datetime, bool]:
    """Return when one more call begins, and True; or when to ask again, and False."""
    begins_at = max(row.call_slot_at or at, at) if options.per_second else at
    if options.per_minute:
        counts = grant(row.calls_begun, options.per_minute, begins_at)
        if counts is None:
            return free_at(row.calls_begun, options.per_minute), False
        row.calls_begun = counts
    if options.per_second:
        row.call_slot_at = begins_at + spacing_of(options.per_second)
    return begins_at, True


def _take_burst(slot_at: datetime, per_minute: int, *, wanted: int, at: datetime) -> datetime | None:
    apart, slot_at = spacing(per_minute), max(at, slot_at)
    return slot_at + apart * wanted if slot_at + apart * (wanted - burst(per_minute)) <= at else None


def _take_whole_minute(slot_at: datetime, per_minute: int, *, wanted: int, at: datetime) -> datetime | None:
    """Take on where a span has passed since the last call, and let another pass before the next one."""
    return at + SPAN + spacing(per_minute) * burst(per_minute) if slot_at + SPAN <= at else None
