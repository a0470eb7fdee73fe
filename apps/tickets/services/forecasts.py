"""Keep the forecast on the rows that pages and lists read; what is kept is a view of the queue, never evidence."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.tickets.models import AccountOutlook, Erasure
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.selectors.forecasts import Backlog, Forecast, backlogs, waiting_erasures
from apps.vendors.models import VendorAccount

CHUNK = 500
CLOSE_ENOUGH = timedelta(minutes=10)  # what moved by less is not written again
FRESH = timedelta(minutes=5)


def refresh_forecasts(*, at: datetime) -> None:
    """Lay out every backlog anew and keep what changed. Safe to repeat, and to run beside any other work."""
    made = backlogs(at=at)
    for backlog in made:
        keep_forecasts(backlog.forecasts)
        _keep_outlook(backlog, at=at)
    _forget_what_no_longer_waits()
    idle = AccountOutlook.objects.exclude(account__in=[backlog.account for backlog in made])
    idle.update(made_at=at, waiting=0, finish_at=None, first_late_due_at=None)


def refresh_old_forecasts(*, at: datetime) -> None:
    """Do so where the last time is FRESH ago, or an account was never forecast; for whoever works without schedules."""
    old = Q(outlook=None) | Q(outlook__made_at__lte=at - FRESH)
    if VendorAccount.objects.usable().filter(old).exists():
        refresh_forecasts(at=at)


def keep_forecasts(forecasts: Iterable[Forecast]) -> None:
    """Write what moved, in short transactions; a row that somebody else is changing is left for the next time."""
    moved = sorted((row for row in forecasts if _has_moved(row)), key=lambda row: row.erasure)
    for start in range(0, len(moved), CHUNK):
        _keep_chunk({row.erasure: row for row in moved[start : start + CHUNK]})


def _has_moved(forecast: Forecast) -> bool:
    pairs = zip(forecast.stored, (forecast.send_at, forecast.answer_at), strict=True)
    return any(_differ(stored, made) for stored, made in pairs)


def _differ(stored: datetime | None, made: datetime | None) -> bool:
    if stored is None or made is None:
        return stored is not made
    return abs(stored - made) >= CLOSE_ENOUGH


@transaction.atomic
def _keep_chunk(forecasts: dict[int, Forecast]) -> None:
    erasures = list(_free(forecasts).only("pk"))
    for erasure in erasures:
        made = forecasts[erasure.pk]
        erasure.forecast_send_at, erasure.forecast_at = made.send_at, made.answer_at
    Erasure.objects.bulk_update(erasures, ["forecast_send_at", "forecast_at"])


def _free(pks: Collection[int]) -> ErasureQuerySet:
    """Lock these and skip what is locked: this must never make a worker or an approver wait in a circle."""
    rows = Erasure.objects.open().filter(pk__in=pks).select_for_update(skip_locked=True, of=("self",))
    return rows.order_by("pk")


def _forget_what_no_longer_waits() -> None:
    """Empty what a person has to settle first. Closed rows keep their last forecast, and nobody shows it."""
    stuck = Erasure.objects.open().filter(forecast_at__isnull=False)
    pks = list(stuck.exclude(pk__in=waiting_erasures().values("pk")).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        _empty_chunk(pks[start : start + CHUNK])


@transaction.atomic
def _empty_chunk(pks: list[int]) -> None:
    free = _free(pks).filter(forecast_at__isnull=False).values_list("pk", flat=True)
    Erasure.objects.filter(pk__in=list(free)).update(forecast_send_at=None, forecast_at=None)


def _keep_outlook(backlog: Backlog, *, at: datetime) -> None:
    late = [row.due_at for row in backlog.forecasts if row.is_late and row.due_at >= at]
    said = {
        "made_at": at,
        "waiting": len(backlog.forecasts),
        "finish_at": max(row.answer_at for row in backlog.forecasts),
        "first_late_due_at": min(late, default=None),
    }
    AccountOutlook.objects.update_or_create(account=backlog.account, defaults=said)
