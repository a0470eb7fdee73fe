"""How long workers may be silent, and how long they may take to finish."""

from dataclasses import dataclass

from django.conf import settings

SLACK = 30  # seconds beyond what the queue itself allows
LOADING = 60  # seconds that new workers may need on a busy machine before they answer at all


@dataclass(frozen=True)
class Limits:
    """``silence``: seconds without an answer after which workers are hung; ``grace``: to finish what is in flight."""

    silence: float
    grace: float


def usual_limits() -> Limits:
    """Return what follows from the queue's own settings.

    In a cluster that works, whatever was fetched is answered within ``retry``: the system check holds it above three
    times ``timeout``, the most that a fetched task waits and runs. No task in flight outlives ``timeout``.
    """
    return Limits(silence=settings.Q_CLUSTER["retry"] + SLACK, grace=settings.Q_CLUSTER["timeout"] + SLACK)
