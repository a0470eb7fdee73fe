"""Whether the workers answer, judged from the rows of their keepers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from .limits import usual_limits
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
    if keeper.stopped_at:
        return State("Stopped", "idle", keeper.stopped_at, f"Start run_cluster on {keeper.host}.")
    since = max(moment for moment in (keeper.started_at, keeper.answered_at) if moment)
    if at - since <= quiet():
        return State("Answering", "good", since) if keeper.answered_at else State("Starting", "busy", since)
    if at - keeper.seen_at > quiet():
        return State("Gone", "bad", since, f"Nobody keeps them either: start run_cluster on {keeper.host}.")
    again = max(since, keeper.restarted_at or since) + timedelta(seconds=usual_limits().silence)
    return State(
        "Silent", "bad", since, f"Their keeper starts them anew by itself, at {again:%H:%M} UTC at the latest."
    )


def worst(keepers: Sequence[Keeper], *, at: datetime) -> State | None:
    """Return why nobody works at all; None while somebody does, or where no keeper has ever run.

    Of several that are silent the last one to answer counts; a stopped one only where no other is left.
    """
    states = [state_of(keeper, at=at) for keeper in keepers]
    if not states or any(state.tone in {"good", "busy"} for state in states):
        return None
    silent = [state for state in states if state.tone == "bad"]
    return max(silent or states, key=lambda state: state.since)
