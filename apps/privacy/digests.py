"""Look people up without knowing them: keyed digests of normalised identifiers."""

import hmac
from dataclasses import dataclass

from . import keyring
from .identifiers import Kind, normalise


@dataclass(frozen=True)
class Digest:
    """32 bytes that nobody without the pepper can make or reverse."""

    key_id: str
    value: bytes


def digest(kind: str, value: str) -> Digest:
    """Digest with the newest pepper, for new rows; raise InvalidIdentifier."""
    ring = keyring.peppers()
    return Digest(ring.newest, _keyed(ring.keys[ring.newest], kind, normalise(kind, value)))


def digests(kind: str, value: str) -> list[Digest]:
    """Digest with every active pepper, newest first, for look-ups; raise InvalidIdentifier."""
    normalised = normalise(kind, value)
    return [Digest(key_id, _keyed(pepper, kind, normalised)) for key_id, pepper in keyring.peppers().keys.items()]


def _keyed(pepper: bytes, kind: str, normalised: str) -> bytes:
    # The version and the kind keep equal values of different kinds, or of a later normalisation, apart.
    return hmac.digest(pepper, f"v1|{Kind(kind)}|{normalised}".encode(), "sha256")
