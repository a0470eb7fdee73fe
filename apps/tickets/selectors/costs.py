"""What an approval would cost at the vendors, and why an account makes work wait."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from apps.tickets.meanings import vendor_label
from apps.tickets.models import Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.moments import clock, count
from apps.tickets.states import SENDABLE_ERASURE
from apps.vendors.accounts import AccountError
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configuration_of
from apps.vendors.services.quota import next_slot_at, sends_left


@dataclass(frozen=True)
class Cost:
    """Deletions that one account would get, and what its day still takes."""

    account: str
    sentence: str
    tone: str = ""


@dataclass(frozen=True)
class Shown:
    """What an approver of several tickets sees before the click."""

    tickets: int
    erasures: int
    looked_at: int
    found: int
    unsubscribed: int
    costs: list[Cost]

    @property
    def unseen(self) -> int:
        return self.erasures - self.looked_at


def shown_before_approval(tickets: DeletionTicketQuerySet, now: datetime) -> Shown:
    """Count what the tickets hold: snapshots, people found, unsubscribed people, and the cost per account."""
    unsent = Erasure.objects.open().filter(ticket__in=tickets.values("pk"), status__in=SENDABLE_ERASURE)
    figures = unsent.aggregate(
        erasures=Count("pk"),
        looked_at=Count("pk", filter=Q(before__isnull=False)),
        found=Count("pk", filter=Q(before__profiles__gt=0)),
        unsubscribed=Count("ticket", filter=Q(before__unsubscribed=True), distinct=True),
    )
    wanted = Counter(dict(unsent.values_list("account").annotate(n=Count("pk"))))
    accounts = VendorAccount.objects.filter(pk__in=wanted).order_by("name")
    return Shown(
        tickets=tickets.count(),
        costs=[cost_of(account, wanted[account.pk], now) for account in accounts],
        **figures,
    )


def costs_of(erasures: Iterable[Erasure], now: datetime) -> list[Cost]:
    """Return the cost of what one ticket has not sent yet; needs ``account`` loaded."""
    unsent = [erasure for erasure in erasures if erasure.is_open and erasure.status in SENDABLE_ERASURE]
    accounts = {erasure.account_id: erasure.account for erasure in unsent}
    wanted = Counter(erasure.account_id for erasure in unsent)
    return [cost_of(account, wanted[pk], now) for pk, account in accounts.items()]


def cost_of(account: VendorAccount, wanted: int, now: datetime) -> Cost:
    """Say how many deletions an account would get, and what stands in the way."""
    name = f"{vendor_label(account.vendor)} ({account.name})"
    asks = f"{count(wanted, 'deletion')} at {name}"
    try:
        options = configuration_of(account).options
    except AccountError:
        return Cost(account.name, f"{asks}; this host holds no key for it, so its work waits.", "warn")
    left = sends_left(account, options, at=now)
    if account.is_paused:
        return Cost(account.name, f"{asks}; paused: {account.get_pause_code_display().lower()}.", "bad")
    if left is None:
        return Cost(account.name, f"{asks}; no limit a day.")
    if left < wanted:
        slot_at = next_slot_at(account, options, at=now)
        more = f"; the next one fits at {clock(slot_at, now)}" if slot_at else ""
        return Cost(account.name, f"{asks}; only {left:,} of {options.per_day:,} a day are left{more}.", "warn")
    return Cost(account.name, f"{asks}; {left:,} of {options.per_day:,} a day are left.")
