"""Accepted work that has not happened yet: the delay between "queued" and "done" at both vendors."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from .clock import stamp


@dataclass(order=True, frozen=True)
class Effect:
    due_at: str
    number: int
    action: str = field(compare=False)
    facts: dict[str, Any] = field(compare=False)


class Effects:
    """A queue in order of time; plain values only, so that a restarted sandbox finishes what it accepted."""

    def __init__(self) -> None:
        self._waiting: list[Effect] = []
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._waiting)

    def schedule(self, action: str, facts: dict[str, Any], *, at: datetime, delay: float) -> None:
        due_at = stamp(at + timedelta(seconds=delay))
        heappush(self._waiting, Effect(due_at, next(self._numbers), action, facts))

    def next_due(self, at: datetime) -> Effect | None:
        """Take the next effect whose time has come."""
        if self._waiting and self._waiting[0].due_at <= stamp(at):
            return heappop(self._waiting)
        return None

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(effect) for effect in sorted(self._waiting)]

    def load(self, dump: list[dict[str, Any]]) -> None:
        for effect in dump:
            heappush(self._waiting, Effect(**effect | {"number": next(self._numbers)}))
