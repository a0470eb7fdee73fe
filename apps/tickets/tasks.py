"""What the queue runs: ids in, one service call, nothing out."""

from django.utils import timezone

from apps.vendors.models import VendorAccount

from .models import SubscriberAct, TicketBatch
from .services import batches, lane, shredding, subscriber_acts, sweeping, watching


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
