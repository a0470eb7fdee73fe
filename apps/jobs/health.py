"""Whether the workers answer, judged from the rows of their keepers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime

from .keepers import AGAIN
from .limits import LOADING, usual_limits
from .models import Keeper

SLACK = timedelta(minutes=1)


@dataclass(frozen=True)
class State:
    """``tone`` is a chip's; ``since`` is the last sign of life, or the stop."""

    word: str
    tone: str
    since: datetime
    next_step: str = ""


def quiet() -> timedelta:
    """Return how long workers may be silent because all of them are busy."""
    return timedelta(seconds=settings.Q_CLUSTER["timeout"]) + SLACK


def state_of(keeper: Keeper, *, at: datetime) -> State:
    since = max(moment for moment in (keeper.started_at, keeper.answered_at) if moment)
    if _keeps_failing(keeper, at):
        step = f"Every start has failed so far: read what run_cluster says on {keeper.host}."
        return State("Never answered", "bad", since, step)
    if keeper.stopped_at:
        return State("Stopped", "idle", keeper.stopped_at, f"Start run_cluster on {keeper.host}.")
    if at - since <= quiet():
        return State("Answering", "good", since) if keeper.answered_at else State("Starting", "busy", since)
    if at - keeper.seen_at > quiet():
        return State("Gone", "bad", since, f"Nobody keeps them either: start run_cluster on {keeper.host}.")
    return State(
        "Silent", "bad", since, f"Their keeper starts them anew by itself, at {_anew_by(keeper)} at the latest."
    )


def _keeps_failing(keeper: Keeper, at: datetime) -> bool:
    """Tell whether workers never answered although they were started again, be it by a keeper that came after."""
    if keeper.answered_at or not keeper.restarts or at - keeper.seen_at > AGAIN:
        return False
    return (keeper.stopped_at or at) - keeper.started_at > quiet()


def _anew_by(keeper: Keeper) -> str:
    """Say when silence has lasted too long; workers that have not answered yet may load first. Rounds up."""
    began_at = max(moment for moment in (keeper.started_at, keeper.restarted_at) if moment)
    if keeper.answered_at and keeper.answered_at >= began_at:
        latest = keeper.answered_at + timedelta(seconds=usual_limits().silence)
    else:
        latest = began_at + timedelta(seconds=usual_limits().silence + LOADING)
    latest += timedelta(seconds=59)
    return date_format(localtime(latest), "H:i")


def worst(keepers: Sequence[Keeper], *, at: datetime) -> State | None:
    """Return why nobody works at all; None while somebody does, or where no keeper has ever run.

    Of several that are silent the last one to answer counts; a stopped one only where no other is left.
    """
    states = [state_of(keeper, at=at) for keeper in keepers]
    if not states or any(state.tone in {"good", "busy"} for state in states):
        return None
    silent = [state for state in states if state.tone == "bad"]
    return max(silent or states, key=lambda state: state.since)
