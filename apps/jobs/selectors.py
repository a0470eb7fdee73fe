"""What there is to know of the queue and of those who work it off."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Coalesce
from django_q.brokers import Broker, get_broker
from django_q.models import OrmQ, Schedule
from django_q.signing import SignedPackage
from redis.exceptions import RedisError

from .models import JobQuerySet, Keeper


@dataclass(frozen=True)
class Queue:
    """``oldest_at`` is when the message was rung that waits the longest; ``is_reachable`` speaks of Redis."""

    waiting: int
    oldest_at: datetime | None
    is_reachable: bool = True


def keepers() -> list[Keeper]:
    """Return the keepers of the last days, those that stopped included."""
    return list(Keeper.objects.order_by("host", "pk"))


def keeper(keeper_id: int) -> Keeper | None:
    """Return a keeper's row; None where the database was put back, or another host took this one for gone."""
    return Keeper.objects.filter(pk=keeper_id).first()


def schedules_due_since() -> datetime | None:
    """Return when the schedule was due that waits the longest; a moment to come where none is late."""
    return Schedule.objects.exclude(repeats=0).aggregate(first=Min("next_run"))["first"]


def next_turn_at(jobs: JobQuerySet) -> datetime | None:
    """Return when a worker may next take a turn of one of these unfinished jobs; None where there is none."""
    return jobs.aggregate(at=Min(Coalesce("leased_until", "created_at")))["at"]


def queue() -> Queue:
    """Count the messages that no worker has fetched yet; while Redis is gone, those in the database."""
    broker = get_broker()
    moments = [OrmQ.objects.aggregate(first=Min("lock"))["first"]]
    is_reachable = True
    try:
        moments.append(_oldest_on_redis(broker) if settings.REDIS_URL else None)
    except RedisError:
        is_reachable = False
    waiting = broker.queue_size()
    oldest_at = min((moment for moment in moments if moment), default=None)
    return Queue(waiting, oldest_at if waiting else None, is_reachable)


def _oldest_on_redis(broker: Broker) -> datetime | None:
    message = broker.connection.lindex(broker.list_key, 0)
    return SignedPackage.loads(message)["started"] if message else None
