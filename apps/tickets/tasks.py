"""What the queue runs: ids in, one service call, nothing out."""

import logging

from django.utils import timezone

from apps.vendors.models import VendorAccount

from .models import SubscriberAct, TicketBatch
from .selectors.stuck import stuck
from .services import batches, forecasts, lane, shredding, subscriber_acts, sweeping, watching

logger = logging.getLogger(__name__)


def work_lane(account_id: int) -> None:
    lane.work_lane(VendorAccount.objects.get(pk=account_id), clock=timezone.now)


def run_subscriber_act(act_id: int) -> None:
    subscriber_acts.run_act(SubscriberAct.objects.get(pk=act_id), clock=timezone.now)


def sweep() -> None:
    sweeping.sweep(at=timezone.now())


def open_batch(job_id: int) -> None:
    batches.open_batch(TicketBatch.objects.get(job=job_id).pk, clock=timezone.now)


def shred_due() -> None:
    shredding.shred_due(at=timezone.now())


def watch_reappearances() -> None:
    watching.watch_all()


def watch_account(account_id: int) -> None:
    watching.watch(VendorAccount.objects.get(pk=account_id), clock=timezone.now)


def report_stuck() -> None:
    for line in stuck(at=timezone.now()):
        logger.warning("Stuck since %s: %s. %s", line.since, line.what, line.next_step)


def refresh_forecasts() -> None:
    forecasts.refresh_forecasts(at=timezone.now())
