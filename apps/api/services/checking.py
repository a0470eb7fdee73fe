"""Answer many questions in the order in which they were asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.audit.actors import Actor
from apps.privacy.identifiers import InvalidIdentifier
from apps.suppression.selectors import Block
from apps.suppression.services.blocking import check


@dataclass(frozen=True)
class Answer:
    """The lists that block one identifier, or why it cannot be one."""

    blocks: tuple[Block, ...] = ()
    problem: str = ""


def answer_all(asked: Iterable[tuple[str, str]], *, by: Actor, at: datetime) -> list[Answer]:
    """Answer (kind, value) pairs by position; an unreadable one spoils only its own answer."""
    return [_answer(kind, value, by=by, at=at) for kind, value in asked]


def _answer(kind: str, value: str, *, by: Actor, at: datetime) -> Answer:
    try:
        return Answer(tuple(check(kind, value, by=by, at=at)))
    except InvalidIdentifier as refusal:
        return Answer(problem=str(refusal))
