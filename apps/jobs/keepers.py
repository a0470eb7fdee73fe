"""The rows of keepers: what a keeper writes of itself, and what its workers write of theirs."""

from datetime import datetime, timedelta
from pathlib import Path
from socket import gethostname

from django.conf import settings
from django.db.models import F

from .models import Keeper

FORGET = timedelta(days=1)  # a host that is gone for good, such as a container of yesterday


def begin(folder: Path, *, at: datetime) -> int:
    """Write that this host's keeper of a folder has begun, in place of the one before, and return the id of its row."""
    name = f"{gethostname()}:{folder}"
    Keeper.objects.filter(seen_at__lt=at - FORGET).exclude(name=name).delete()
    fresh = {"answered_at": None, "restarts": 0, "restarted_at": None, "stopped_at": None}
    known = {"host": gethostname(), "workers": settings.Q_CLUSTER["workers"], "started_at": at, "seen_at": at}
    keeper, _ = Keeper.objects.update_or_create(name=name, defaults=fresh | known)
    return keeper.pk


def note_seen(keeper_id: int, *, at: datetime) -> None:
    Keeper.objects.filter(pk=keeper_id).update(seen_at=at)


def note_answer(keeper_id: int | None, *, at: datetime) -> None:
    """Write that the workers have answered; does nothing for a process that no keeper keeps."""
    if keeper_id is not None:
        Keeper.objects.filter(pk=keeper_id).update(answered_at=at)


def note_restart(keeper_id: int, *, at: datetime) -> None:
    Keeper.objects.filter(pk=keeper_id).update(restarts=F("restarts") + 1, restarted_at=at)


def end(keeper_id: int, *, at: datetime) -> None:
    Keeper.objects.filter(pk=keeper_id).update(stopped_at=at)
