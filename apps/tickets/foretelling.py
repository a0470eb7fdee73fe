"""A forecast in words: when it leaves, when the answer is expected, and what will be late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .forecasting import last_safe
from .hurdles import CONDITIONS, Hurdle
from .moments import clock, count, day

SOON = timedelta(minutes=5)


@dataclass(frozen=True)
class Foretold:
    """One line: what it is about, what it says, and whether that is bad."""

    name: str
    text: str
    tone: str = ""


@dataclass(frozen=True)
class LateTicket:
    reference: str
    due_at: datetime


def foretell(
    hurdle: Hurdle, send_at: datetime | None, answer_at: datetime, due_at: datetime, now: datetime
) -> Foretold:
    """Say one erasure's forecast, its last safe moment to send, and whether the answer would come too late."""
    answer = f"the answer is expected by {clock(answer_at, now)}"
    said = f"it {_sends(send_at, now)} and {answer}" if send_at else answer
    condition = CONDITIONS.get(hurdle, "")
    sentences = [f"{condition}, {said}." if condition else f"{said}."]
    is_late = answer_at > due_at
    if is_late:
        sentences.append(f"Too late: due on {day(due_at)}.")
    if safe_at := last_safe(due_at, send_at, answer_at):
        sentences.append(f"Last safe moment to send: {clock(safe_at, now)}.")
    return Foretold("Forecast", " ".join(sentences), "warn" if is_late else "")


def foretell_approval(
    finish_at: datetime | None,
    late: Sequence[LateTicket],
    others_late: Sequence[LateTicket],
    now: datetime,
    *,
    hurdles: Sequence[Hurdle] = (),
) -> list[Foretold]:
    """Say what an approval would come to, and under which conditions; nothing where nothing would be sent."""
    if finish_at is None:
        return []
    conditions = "".join(f", {CONDITIONS[hurdle]}" for hurdle in hurdles)
    finished = f"the last answer is expected by {clock(finish_at, now)}{conditions}."
    told = [Foretold("Finished", finished, "warn" if hurdles else "")]
    told.append(_late("Late", late) if late else Foretold("Late", f"none{conditions}."))
    if others_late:
        told.append(_late("Approved before", others_late))
    return told


def _late(name: str, tickets: Sequence[LateTicket]) -> Foretold:
    first = tickets[0]
    if len(tickets) == 1:
        text = f"{first.reference} would be answered after its due date, {day(first.due_at)}."
    else:
        number, first_one = count(len(tickets), "ticket"), f"{first.reference}, due on {day(first.due_at)}"
        text = f"{number} would be answered after their due date; the first is {first_one}."
    return Foretold(name, text, "warn")


def _sends(send_at: datetime, now: datetime) -> str:
    return "leaves within minutes" if send_at <= now + SOON else f"leaves about {clock(send_at, now)}"
