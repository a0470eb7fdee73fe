"""Look people up without knowing them: keyed digests of normalised identifiers."""

import hashlib
import hmac
import re
from dataclasses import dataclass

from . import keyring
from .identifiers import InvalidIdentifier, Kind, normalise

# Lists that other tools made hold plain SHA-256 digests of lower-case addresses: a kind of their own, keyed again here.
EMAIL_SHA256 = "email_sha256"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Digest:
    """32 bytes that nobody without the pepper can make or reverse."""

    key_id: str
    value: bytes


def digest(kind: str, value: str) -> Digest:
    """Digest with the newest pepper, for new rows; raise InvalidIdentifier."""
    ring = keyring.peppers()
    return Digest(ring.newest, _keyed(ring.keys[ring.newest], Kind(kind), normalise(kind, value)))


def digests(kind: str, value: str) -> list[Digest]:
    """Digest with every active pepper, newest first, for look-ups; raise InvalidIdentifier."""
    return _with_every_pepper(Kind(kind), normalise(kind, value))


def digests_of_sha256(text: str) -> list[Digest]:
    """Key a SHA-256 digest in hex, as another tool made it of an address, with every active pepper, newest first."""
    plain = text.strip().lower()
    if not _SHA256.fullmatch(plain):
        raise InvalidIdentifier("A SHA-256 digest is 64 hexadecimal digits.")
    return _with_every_pepper(EMAIL_SHA256, plain)


def lookups(kind: str, value: str) -> list[Digest]:
    """Return all under which a list may hold the value: an address also by its SHA-256. Raises InvalidIdentifier.

    ``kind`` may be ``email_sha256``; digests of different kinds never meet, so a look-up needs no kind beside them.
    """
    if kind == EMAIL_SHA256:
        return digests_of_sha256(value)
    normalised = normalise(kind, value)
    keyed = _with_every_pepper(Kind(kind), normalised)
    if Kind(kind) is not Kind.EMAIL:
        return keyed
    return keyed + digests_of_sha256(hashlib.sha256(normalised.encode()).hexdigest())


def _with_every_pepper(kind: str, normalised: str) -> list[Digest]:
    return [Digest(key_id, _keyed(pepper, kind, normalised)) for key_id, pepper in keyring.peppers().keys.items()]


def _keyed(pepper: bytes, kind: str, normalised: str) -> bytes:
    # The version and the kind keep equal values of different kinds, or of a later normalisation, apart.
    return hmac.digest(pepper, f"v1|{kind}|{normalised}".encode(), "sha256")
