"""Work without a cluster: the same lanes and the same sweep, in this process."""

import time
from datetime import datetime, timedelta

from apps.jobs.lifeline import must_stop
from apps.suppression.import_progress import next_import_at
from apps.suppression.services import work_imports
from apps.tickets.selectors.acts_due import next_act_at
from apps.tickets.selectors.batches import next_batch_at
from apps.tickets.selectors.due import due_accounts, next_due_at, workable_accounts

from .batches import work_open_batches
from .forecasts import refresh_forecasts, refresh_old_forecasts
from .lane import Clock, work_lane
from .subscriber_acts import run_due_acts
from .sweeping import sweep

NAP = timedelta(seconds=0.5)


def work_until_idle(*, clock: Clock, wait: timedelta = timedelta(0)) -> int:
    """Work until nothing is due or in flight, nor becomes due within ``wait`` of now; return the number of moves.

    What waits for the day's quota, a person's pause, an approval or a hold is not due. Asked to stop, it returns once
    what is in flight was finished.
    """
    moves = 0
    while not must_stop() and (due_at := _next_due(at=clock())) is not None and due_at <= clock() + wait:
        _sleep_until(due_at, clock=clock)
        moves += _round(clock=clock)
    refresh_forecasts(at=clock())
    return moves


def work(*, clock: Clock) -> None:
    """Work until asked to stop, and finish what is in flight then."""
    while not must_stop():
        _round(clock=clock)
        refresh_old_forecasts(at=clock())


def _round(*, clock: Clock) -> int:
    """Give every account with due work one slice; nap where other workers hold all lanes."""
    sweep(at=clock())
    moves = work_open_batches(clock=clock) + work_imports(clock=clock) + run_due_acts(clock=clock)
    moves += sum(work_lane(account, clock=clock) for account in due_accounts(at=clock()))
    if not moves and not must_stop():
        time.sleep(NAP.total_seconds())
    return moves


def _next_due(*, at: datetime) -> datetime | None:
    moments = [next_batch_at(), next_import_at(), next_act_at()]
    moments += [next_due_at(account, at=at) for account in workable_accounts()]
    return min((moment for moment in moments if moment), default=None)


def _sleep_until(moment: datetime, *, clock: Clock) -> None:
    ends = time.monotonic() + (moment - clock()).total_seconds()
    while not must_stop() and (left := ends - time.monotonic()) > 0:
        time.sleep(min(left, NAP.total_seconds()))
