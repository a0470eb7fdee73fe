"""What is due: which erasures may be looked at or sent now, and when the next one will be."""

from datetime import datetime

from django.conf import settings
from django.db.models import Case, F, Min, Q, When
from django.db.models.functions import Greatest

from apps.tickets.arrivals import MAY_HAVE_ARRIVED
from apps.tickets.models import Erasure, SentUnsubscribe, SubscriberAct
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.models.sent_unsubscribe import TAKES_EFFECT_WITHIN
from apps.tickets.states import CLOSED, SENDABLE, SENDABLE_ERASURE, Choice, ErasureStatus, TicketStatus
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import accounts_of_this_host, options_of
from apps.vendors.services.quota import next_slot_at, sends_left

from .identifiers import digests_of

_UNSENT = Q(status__in=SENDABLE_ERASURE)
_LEAVES = Q(ticket__status__in=SENDABLE, ticket__on_hold=False)
_CHOSEN = Q(before=None) | Q(before__owners__lte=1) | ~Q(choice=Choice.NONE)
_READ_BACK = Q(status__in=[ErasureStatus.ACCEPTED, ErasureStatus.OUTCOME_UNKNOWN])
_IN_DOUBT = _UNSENT & ~Q(doubt="")
_FIRST_LOOK = _UNSENT & Q(before=None, waiver="") & ~Q(ticket__status=TicketStatus.AWAITING_IDENTITY)


def looks(account: VendorAccount, *, at: datetime) -> ErasureQuerySet:
    """Return the erasures whose next move is a look: first ones, stale ones, doubts and read-backs.

    A stale snapshot is taken anew only for whoever leaves next: a backlog of weeks, looked at each day for nothing,
    would starve the read-backs that are due later.
    """
    old = Q(before__taken_at__lt=at - settings.SNAPSHOT_MAX_AGE)
    stale = _UNSENT & _LEAVES & ~MAY_HAVE_ARRIVED & old & _leaves_next(account, at=at)
    asked = _UNSENT & ~MAY_HAVE_ARRIVED & Q(look_asked=True)
    wanted = _FIRST_LOOK | _IN_DOUBT | _READ_BACK | stale | asked
    return _going_on(account).filter(wanted).annotate(ready_at=F("not_before"))


def sends(account: VendorAccount, *, at: datetime) -> ErasureQuerySet:
    """Return the erasures whose next move is a request: approved, not held, without doubt, snapshot fresh or waived.

    An approval counts until the moment it runs out: the sweep that says so on the ticket comes up to a minute later.
    Whoever is being unsubscribed waits for the check: a command that acts after the deletion creates the person.
    Profiles with different customer ids wait until somebody says whose they are, whatever else is in order.
    """
    return _about_to_leave(account, at=at).exclude(identifier__digest__in=_being_unsubscribed(account, at=at))


def with_old_sightings(*, at: datetime) -> ErasureQuerySet:
    """Return what would be sent again on the word of a look older than SNAPSHOT_MAX_AGE."""
    old = Q(looked_at=None) | Q(looked_at__lt=at - settings.SNAPSHOT_MAX_AGE)
    rows = Erasure.objects.open().filter(
        _UNSENT & MAY_HAVE_ARRIVED & old, waiver="", doubt="", attention="", leased_until=None
    )
    return rows.select_related("ticket", "account").order_by("pk")


def unmoved() -> ErasureQuerySet:
    """Return what stands still without a reason that a person could read: no rule here takes it up."""
    goes_on = Q(not_before__isnull=False) & (_UNSENT | _READ_BACK)
    rows = Erasure.objects.open().filter(~goes_on, attention="", leased_until=None)
    return rows.exclude(ticket__status__in=CLOSED)


def in_turn(rows: ErasureQuerySet, *, at: datetime) -> ErasureQuerySet:
    """Return what of these is due and unclaimed, with all a worker needs.

    Urgent first; then what was approved, since first looks of a large file would keep it waiting; then by due date.
    """
    before_approval = Case(When(ticket__approved_by=None, then=1), default=0)
    return (
        rows.filter(not_before__lte=at, ready_at__lte=at, leased_until=None)
        .select_related("ticket__key", "ticket__approved_by", "identifier", "account", "before", "shown_at_approval")
        .order_by("-ticket__urgent", before_approval, "ticket__due_at", "pk")
    )


def workable_accounts() -> list[VendorAccount]:
    """Return the accounts that may be called at all: named by the environment of this host and not paused."""
    return list(accounts_of_this_host().filter(paused_at=None).order_by("name"))


def due_accounts(*, at: datetime) -> list[VendorAccount]:
    """Return the accounts that have something to do right now."""
    accounts = [(account, next_due_at(account, at=at)) for account in workable_accounts()]
    return [account for account, due_at in accounts if due_at is not None and due_at <= at]


def next_due_at(account: VendorAccount, *, at: datetime) -> datetime | None:
    """Return when the account has work again by itself, its own wait included; None where only a person can help.

    A claimed erasure counts when its lease ends, and one behind an operator's unsubscribe when that has taken effect.
    A send that waits for the day's quota does not count.
    """
    fits = _fits_the_day(account, at=at)
    moments = [
        _earliest(looks(account, at=at)),
        _earliest(sends(account, at=at).filter(fits)),
        _unsubscribed_by(account, _about_to_leave(account, at=at).filter(fits), at=at),
        _claimed_until(account),
    ]
    due_at = min((moment for moment in moments if moment), default=None)
    return max(due_at, account.rests_until or due_at) if due_at else None


def _going_on(account: VendorAccount) -> ErasureQuerySet:
    rows = Erasure.objects.open().filter(account=account, attention="", not_before__isnull=False)
    return rows.exclude(ticket__status__in=CLOSED)


def _about_to_leave(account: VendorAccount, *, at: datetime) -> ErasureQuerySet:
    """Return the erasures that would be requested if nobody were being unsubscribed."""
    stands = Q(ticket__approval_expires_at__gt=at)
    since = at - settings.SNAPSHOT_MAX_AGE
    seen = (
        Q(waiver__gt="")
        | ~MAY_HAVE_ARRIVED & Q(before__taken_at__gte=since)
        | MAY_HAVE_ARRIVED & Q(looked_at__gte=since)
    )
    called_on = Q(doubt="", look_asked=False, stop_asked_at=None)
    due = _going_on(account).filter(_UNSENT & _LEAVES & _CHOSEN & stands & called_on & seen)
    return due.annotate(ready_at=Greatest("not_before", "ticket__leaves_at"))


def _being_unsubscribed(account: VendorAccount, *, at: datetime) -> list[bytes]:
    """Return the digests of whoever a command is in flight for: few at a time, and each under every pepper."""
    acts = SubscriberAct.objects.in_flight().filter(erasure__account=account)
    related = ("erasure__identifier", "erasure__ticket__key")
    erasures = [act.erasure for act in acts.select_related(*related)]
    asked = [keyed for erasure in erasures for keyed in digests_of(erasure.identifier, erasure.ticket)]
    sent = SentUnsubscribe.objects.pending(at).filter(account=account).values_list("digest", flat=True)
    return asked + [bytes(keyed) for keyed in sent]


def _unsubscribed_by(account: VendorAccount, rows: ErasureQuerySet, *, at: datetime) -> datetime | None:
    """Return when the first of these is no longer behind an unsubscribe that an operator's command sent."""
    pending = SentUnsubscribe.objects.pending(at).filter(account=account)
    sent = {bytes(keyed): sent_at for keyed, sent_at in pending.values_list("digest", "sent_at")}
    behind = rows.filter(identifier__digest__in=list(sent)).values_list("identifier__digest", flat=True)
    return min((sent[bytes(keyed)] + TAKES_EFFECT_WITHIN for keyed in behind), default=None)


def _earliest(rows: ErasureQuerySet) -> datetime | None:
    return rows.filter(leased_until=None).aggregate(first=Min("ready_at"))["first"]


def _claimed_until(account: VendorAccount) -> datetime | None:
    return Erasure.objects.open().filter(account=account).aggregate(first=Min("leased_until"))["first"]


def _leaves_next(account: VendorAccount, *, at: datetime) -> Q:
    """Return whose turn it is within what the day still takes: urgent tickets first, then the earliest due date."""
    options = options_of(account)
    left = sends_left(account, options, at=at)
    if left is None:
        return Q()
    line = _going_on(account).filter(_UNSENT & _LEAVES, not_before__lte=at).order_by("ticket__due_at", "pk")
    urgent = line.filter(ticket__urgent=True)[:left]
    others = line.filter(ticket__urgent=False)[: max(0, left - options.urgent)]
    return Q(pk__in=urgent.values("pk")) | Q(pk__in=others.values("pk"))


def _fits_the_day(account: VendorAccount, *, at: datetime) -> Q:
    """Return who may be sent now: everybody, the urgent ones, or nobody."""
    options = options_of(account)
    if next_slot_at(account, options, at=at) is None:
        return Q()
    return Q(ticket__urgent=True) if sends_left(account, options, at=at) else Q(pk__in=[])
