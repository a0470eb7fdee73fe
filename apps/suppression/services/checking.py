"""Answer who is on the lists, and count what the lists held back."""

from collections.abc import Iterable
from datetime import datetime

from apps.audit.actors import Actor
from apps.suppression import selectors
from apps.suppression.counting import count_matches
from apps.suppression.selectors import Answer, Block
from apps.vendors.models import VendorAccount

CHECK = "suppression.check_suppressionentry"


def check(kind: str, value: str, *, by: Actor, at: datetime) -> list[Block]:
    """Answer a person who asks whether an identifier would be blocked; raise NotAllowed or InvalidIdentifier.

    A question out of curiosity holds nobody back, so it is no match.
    """
    by.require(CHECK)
    return selectors.blocks(kind, value, at)


def check_many(
    asked: Iterable[tuple[str, str | bytes]], *, by: Actor, at: datetime, account: VendorAccount | None = None
) -> list[Answer]:
    """Answer (kind, value) pairs by position and count the matches; see selectors.answers. Raises NotAllowed."""
    by.require(CHECK)
    return hold_back(asked, at=at, account=account)


def hold_back(
    asked: Iterable[tuple[str, str | bytes]], *, at: datetime, account: VendorAccount | None = None
) -> list[Answer]:
    """Answer and count like check_many, for a deed that has a right of its own."""
    answered = selectors.answers(asked, at=at, account=account)
    count_matches(sorted({hit.entry for answer in answered for hit in answer.hits}), at=at)
    return answered
