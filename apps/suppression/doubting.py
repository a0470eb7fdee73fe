"""Tell when finding nothing proves nothing: digests find less than addresses do."""

from datetime import datetime
from functools import cached_property

from apps.privacy import keyring

from .asking import DIGEST, as_bytes
from .gleaning import read_digest
from .models import EntryKind, SuppressionEntry

UNTIL_THEN = "until then treat it as suppressed."
FROM_SHA256 = f"It cannot be told from a SHA-256: ask with the address; {UNTIL_THEN}"
OF_ONE_KEY = (
    "Several keys are active, and a digest finds entries of its own key only: ask with the address, or with one digest "
    f"per active key, which tells who is blocked but clears nobody; {UNTIL_THEN}"
)
BESIDE_SHA256 = (
    "Lists hold SHA-256s that other tools made, which a digest of an address does not find: ask with the address; "
    f"{UNTIL_THEN}"
)


class Doubts:
    """Why a miss at that moment says nothing. Keys and lists are asked once, at the first miss that depends on them."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def about(self, kind: str, value: str | bytes) -> str:
        """Return why somebody whom nothing was found of may stand on a list all the same; "" where nobody can."""
        if kind == DIGEST:
            return self._about_digest(read_digest(as_bytes(value))[0])
        # Entries that addresses made hold no plain SHA-256, so none of them is found by one.
        return FROM_SHA256 if kind == EntryKind.EMAIL_SHA256 else ""

    def _about_digest(self, kind: str) -> str:
        if kind == EntryKind.EMAIL_SHA256:
            return FROM_SHA256
        if len(keyring.peppers().keys) > 1:
            return OF_ONE_KEY
        return BESIDE_SHA256 if kind == EntryKind.EMAIL and self._other_tools_are_held else ""

    @cached_property
    def _other_tools_are_held(self) -> bool:
        # Says what follows anyway: SQLite takes an index of some rows only where the question names its condition.
        others = SuppressionEntry.objects.exclude(kind=EntryKind.EMAIL)
        return others.filter(kind=EntryKind.EMAIL_SHA256).blocking(self._at).exists()
