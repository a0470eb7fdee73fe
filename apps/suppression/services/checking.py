"""Answer who is on the lists, and count what the lists held back."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from apps.audit.actors import Actor
from apps.suppression import selectors
from apps.suppression.models import SuppressionEntry
from apps.suppression.searching import AT_ONCE
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
    _count_matches(sorted({hit.entry for answer in answered for hit in answer.hits}), at)
    return answered


def _count_matches(entries: list[int], at: datetime) -> None:
    """Count once for each call. Whoever asks never waits: what somebody else writes at this moment is not counted."""
    for start in range(0, len(entries), AT_ONCE):
        part = SuppressionEntry.objects.filter(pk__in=entries[start : start + AT_ONCE])
        with transaction.atomic():
            unlocked = part.select_for_update(skip_locked=True, no_key=True)
            SuppressionEntry.objects.filter(pk__in=unlocked.values("pk")).update(
                matches=F("matches") + 1, last_match_at=at
            )
