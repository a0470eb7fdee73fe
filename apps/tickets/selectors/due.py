"""What is due: which erasures may be looked at or sent now, and when the next one will be."""

from datetime import datetime

from django.conf import settings
from django.db.models import Case, Exists, F, Min, OuterRef, Q, When
from django.db.models.functions import Greatest

from apps.tickets.models import Attempt, Erasure, SubscriberAct
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.states import CLOSED, SENDABLE, SENDABLE_ERASURE, Choice, ErasureStatus, TicketStatus
from apps.vendors.clients.errors import Outcome
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import accounts_of_this_host, configuration_of
from apps.vendors.services.quota import next_slot_at, sends_left

_UNSENT = Q(status__in=SENDABLE_ERASURE)
_LEAVES = Q(ticket__status__in=SENDABLE, ticket__on_hold=False)
_WITHOUT_EFFECT = (Outcome.BUSY, Outcome.UNREACHED, Outcome.TLS_FAILED, Outcome.KEY_REFUSED)
_WAS_SENT = Q(Exists(Attempt.objects.filter(erasure=OuterRef("pk")).exclude(outcome__in=_WITHOUT_EFFECT)))
_CHOSEN = Q(before=None) | Q(before__owners__lte=1) | ~Q(choice=Choice.NONE)
_READ_BACK = Q(status__in=[ErasureStatus.ACCEPTED, ErasureStatus.OUTCOME_UNKNOWN])
_IN_DOUBT = _UNSENT & ~Q(doubt="")
_FIRST_LOOK = _UNSENT & Q(before=None, waiver="") & ~Q(ticket__status=TicketStatus.AWAITING_IDENTITY)


def looks(account: VendorAccount, *, at: datetime) -> ErasureQuerySet:
    """Return the erasures whose next move is a look: first ones, stale ones, doubts and read-backs."""
    stale = _UNSENT & _LEAVES & ~_WAS_SENT & Q(before__taken_at__lt=at - settings.SNAPSHOT_MAX_AGE)
    asked = _UNSENT & ~_WAS_SENT & Q(look_asked=True)
    wanted = _FIRST_LOOK | _IN_DOUBT | _READ_BACK | stale | asked
    return _going_on(account).filter(wanted).annotate(ready_at=F("not_before"))


def sends(account: VendorAccount, *, at: datetime) -> ErasureQuerySet:
    """Return the erasures whose next move is a request: approved, not held, without doubt, snapshot fresh or waived.

    An approval counts until the moment it runs out: the sweep that says so on the ticket comes up to a minute later.
    Whoever is being unsubscribed waits for the check: a command that acts after the deletion creates the person.
    Profiles with different customer ids wait until somebody says whose they are, whatever else is in order.
    """
    stands = Q(ticket__approval_expires_at__gt=at)
    since = at - settings.SNAPSHOT_MAX_AGE
    seen = Q(waiver__gt="") | ~_WAS_SENT & Q(before__taken_at__gte=since) | _WAS_SENT & Q(looked_at__gte=since)
    called_on = Q(doubt="", look_asked=False, stop_asked_at=None)
    due = _going_on(account).filter(_UNSENT & _LEAVES & _CHOSEN & stands & called_on & seen)
    return due.exclude(_is_being_unsubscribed()).annotate(ready_at=Greatest("not_before", "ticket__leaves_at"))


def with_old_sightings(*, at: datetime) -> ErasureQuerySet:
    """Return what would be sent again on the word of a look older than SNAPSHOT_MAX_AGE."""
    old = Q(looked_at=None) | Q(looked_at__lt=at - settings.SNAPSHOT_MAX_AGE)
    rows = Erasure.objects.open().filter(
        _UNSENT & _WAS_SENT & old, waiver="", doubt="", attention="", leased_until=None
    )
    return rows.select_related("ticket", "account").order_by("pk")


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

    A claimed erasure counts when its lease ends. A send that waits for the day's quota does not count. Raises
    AccountError where this host's environment does not name the account.
    """
    moments = [
        _earliest(looks(account, at=at)),
        _earliest(_within_quota(sends(account, at=at), account, at=at)),
        _claimed_until(account),
    ]
    due_at = min((moment for moment in moments if moment), default=None)
    return max(due_at, account.wait_until or due_at) if due_at else None


def _going_on(account: VendorAccount) -> ErasureQuerySet:
    rows = Erasure.objects.open().filter(account=account, attention="", not_before__isnull=False)
    return rows.exclude(ticket__status__in=CLOSED)


def _is_being_unsubscribed() -> Exists:
    same = {"erasure__account": OuterRef("account"), "erasure__identifier__digest": OuterRef("identifier__digest")}
    return Exists(SubscriberAct.objects.in_flight().filter(**same))


def _earliest(rows: ErasureQuerySet) -> datetime | None:
    return rows.filter(leased_until=None).aggregate(first=Min("ready_at"))["first"]


def _claimed_until(account: VendorAccount) -> datetime | None:
    return Erasure.objects.open().filter(account=account).aggregate(first=Min("leased_until"))["first"]


def _within_quota(rows: ErasureQuerySet, account: VendorAccount, *, at: datetime) -> ErasureQuerySet:
    options = configuration_of(account).options
    if next_slot_at(account, options, at=at) is None:
        return rows
    return rows.filter(ticket__urgent=True) if sends_left(account, options, at=at) else rows.none()
