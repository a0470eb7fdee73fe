"""The rows of keepers: what a keeper writes of itself, and what its workers write of theirs."""

from datetime import datetime, timedelta
from pathlib import Path
from socket import gethostname

from django.conf import settings
from django.db.models import F

from .models import Keeper

FORGET = timedelta(days=1)  # a host that is gone for good, such as a container of yesterday
AGAIN = timedelta(minutes=10)  # the longest that a supervisor waits before it starts a keeper again


def begin(folder: Path, *, at: datetime) -> int:
    """Write that this host's keeper of a folder has begun, in place of the one before, and return the id of its row.

    One that follows a keeper whose workers never answered goes on with its start and its restarts: however often a
    supervisor tries, it shows since when nobody works.
    """
    name = f"{gethostname()}:{folder}"
    Keeper.objects.filter(seen_at__lt=at - FORGET).exclude(name=name).delete()
    known = {"host": gethostname(), "workers": settings.Q_CLUSTER["workers"], "seen_at": at, "stopped_at": None}
    keeper, _ = Keeper.objects.update_or_create(name=name, defaults=known | _counts(name, at))
    return keeper.pk


def _counts(name: str, at: datetime) -> dict:
    former = Keeper.objects.filter(name=name, answered_at=None, seen_at__gt=at - AGAIN).first()
    if former is None:
        return {"started_at": at, "answered_at": None, "restarts": 0, "restarted_at": None}
    return {"restarts": former.restarts + 1, "restarted_at": at}


def note_seen(keeper_id: int, *, at: datetime) -> None:
    Keeper.objects.filter(pk=keeper_id).update(seen_at=at)


def note_answer(keeper_id: int | None, *, at: datetime) -> None:
    """Write that the workers have answered; does nothing for a process that no keeper keeps."""
    if keeper_id is not None:
        Keeper.objects.filter(pk=keeper_id).update(answered_at=at)


def note_restart(keeper_id: int, *, at: datetime) -> None:
    Keeper.objects.filter(pk=keeper_id).update(restarts=F("restarts") + 1, restarted_at=at)


def end(keeper_id: int, *, at: datetime) -> None:
    Keeper.objects.filter(pk=keeper_id).update(seen_at=at, stopped_at=at)
