"""What an approval would cost at the vendors, and why an account makes work wait."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q, Sum

from apps.tickets.foretelling import Foretold
from apps.tickets.meanings import vendor_label
from apps.tickets.models import Erasure
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.moments import clock, count
from apps.tickets.states import SENDABLE_ERASURE, TicketStatus
from apps.vendors.accounts import AccountError, Options
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configuration_of
from apps.vendors.services.quota import next_slot_at, sends_left
from apps.vendors.states import why_not_called

from .approvals import forecast_approval

MANY = 10  # people looked up before "hardly anybody is known here" means anything
SOME = 5  # before "nobody" does


@dataclass(frozen=True)
class Cost:
    """Deletions that one account would get, and what its day still takes. ``slot_at``: when it takes one again."""

    account_id: int
    sentence: str
    tone: str = ""
    slot_at: datetime | None = None


@dataclass(frozen=True)
class Site:
    """How many people were looked up at one account, and how many of them it knows."""

    name: str
    looked_up: int
    found: int

    @property
    def is_odd(self) -> bool:
        """Tell whether so few are known that this may be another site's or region's account."""
        enough = MANY if self.found else SOME
        return self.looked_up >= enough and self.found * 10 < self.looked_up

    @property
    def told(self) -> str:
        asks = ": is this the right site?" if self.is_odd else ""
        return f"Looked up {self.looked_up:,}, found {self.found:,}{asks}"


@dataclass(frozen=True)
class Shown:
    """What an approver of several tickets sees before the click."""

    tickets: int
    erasures: int
    looked_at: int
    found: int
    unsubscribed: int
    costs: list[Cost]
    sites: list[Site]
    forecast: list[Foretold]

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
    wanted = Counter(dict(unsent.values_list("account").annotate(n=Sum("requests_needed"))))
    accounts = VendorAccount.objects.filter(pk__in=wanted).order_by("name")
    return Shown(
        tickets=tickets.count(),
        costs=[cost_of(account, wanted[account.pk], now) for account in accounts],
        sites=_sites(unsent),
        forecast=forecast_approval(tickets, at=now).told(now),
        **figures,
    )


def odd_sites(tickets: DeletionTicketQuerySet) -> list[Site]:
    """Return the accounts that know so few of the people who wait for approval that they may be the wrong ones."""
    waiting = tickets.filter(status=TicketStatus.PENDING_APPROVAL)
    return [site for site in _sites(Erasure.objects.open().filter(ticket__in=waiting.values("pk"))) if site.is_odd]


def costs_of(erasures: Iterable[Erasure], now: datetime) -> list[Cost]:
    """Return the cost of what one ticket has not sent yet; needs ``account`` loaded."""
    unsent = [erasure for erasure in erasures if erasure.is_open and erasure.status in SENDABLE_ERASURE]
    accounts = {erasure.account_id: erasure.account for erasure in unsent}
    wanted: Counter[int] = Counter()
    for erasure in unsent:
        wanted[erasure.account_id] += erasure.requests_needed
    return [cost_of(account, wanted[pk], now) for pk, account in accounts.items()]


def _sites(unsent: ErasureQuerySet) -> list[Site]:
    rows = unsent.filter(before__isnull=False).values_list("account__name").order_by("account__name")
    found = Count("pk", filter=Q(before__profiles__gt=0))
    return [Site(*row) for row in rows.annotate(looked_up=Count("pk"), found=found)]


def cost_of(account: VendorAccount, wanted: int, now: datetime) -> Cost:
    """Say how many deletions an account would get, and what stands in the way."""
    asks = f"{count(wanted, 'deletion')} at {vendor_label(account.vendor)} ({account.name})"
    try:
        options = configuration_of(account).options
    except AccountError:
        return Cost(account.pk, f"{asks}; this host holds no key for it, so its work waits.", "warn")
    if account.is_paused:
        return Cost(account.pk, f"{asks}; paused: {account.get_pause_code_display().lower()}.", "bad")
    if options.per_day is None:
        cost = Cost(account.pk, f"{asks}; no limit a day.")
    else:
        cost = _within_the_day(account, options, wanted, asks, now)
    return _held_back(cost, account, now)


def _held_back(cost: Cost, account: VendorAccount, now: datetime) -> Cost:
    """Add why nothing would leave at once, where the account itself is the reason."""
    why = why_not_called(account, at=now)
    return replace(cost, sentence=f"{cost.sentence} The account {why}", tone="warn") if why else cost


def _within_the_day(account: VendorAccount, options: Options, wanted: int, asks: str, now: datetime) -> Cost:
    left = sends_left(account, options, at=now)
    kept = min(options.urgent, left)
    slot_at = next_slot_at(account, options, at=now)
    next_one = f"; the next one fits at {clock(slot_at, now)}" if slot_at else ""
    if account.is_day_closed(now):
        sentence = f"{asks}; the vendor takes no more today, whatever is left by our count{next_one}."
        return Cost(account.pk, sentence, "warn", slot_at)
    only = "only " if left - kept < wanted else ""
    urgent = f", {kept:,} of them for urgent tickets" if kept else ""
    sentence = f"{asks}; {only}{left:,} of {options.per_day:,} a day are left{urgent}{next_one}."
    return Cost(account.pk, sentence, "warn" if only or slot_at else "", slot_at)
