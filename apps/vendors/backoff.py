"""How long to leave a vendor alone: longer each time, and never two callers at the same moment."""

import random
from collections.abc import Callable
from datetime import timedelta

LONGEST = timedelta(hours=1)
LONGEST_PROBE = 10  # times retry_base: what is broken is asked again soon enough to be seen healing
_MOST_DOUBLINGS = 16  # beyond them every delay is at its limit

Spread = Callable[[float, float], float]


def backoff(base: timedelta, k: int, *, spread: Spread = random.uniform) -> timedelta:
    """Return a delay with full jitter: from a second to ``base`` · 2^k, an hour at most unless ``base`` is longer."""
    longest = min(_doubled(base, k), max(LONGEST, base))
    return timedelta(seconds=spread(1.0, max(1.0, longest.total_seconds())))


def probe_pause(base: timedelta, k: int, *, spread: Spread = random.uniform) -> timedelta:
    """Return the pause before probe k: the upper half of ``base`` · 2^k, ten times ``base`` at most."""
    longest = min(_doubled(base, k), base * LONGEST_PROBE).total_seconds()
    return timedelta(seconds=spread(longest / 2, longest))


def _doubled(base: timedelta, k: int) -> timedelta:
    return base * 2 ** min(k, _MOST_DOUBLINGS)
