"""Look people up without knowing them: keyed digests of normalised identifiers."""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from . import keyring
from .identifiers import InvalidIdentifier, Kind, normalise

# Lists that other tools made hold plain SHA-256 digests of lower-case addresses: a kind of their own, keyed again here.
EMAIL_SHA256 = "email_sha256"
_SHA256 = re.compile(r"[0-9a-f]{64}")

BLOCK = 64  # bytes of SHA-256's block, which RFC 2104 builds HMAC on


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


def stamps(kind: str) -> dict[str, Callable[[bytes], bytes]]:
    """Return one function per active pepper, newest first, from a normalised identifier to its digest.

    For many of one kind, ``email_sha256`` among them: the HMAC is prepared once, and results are those of digest().
    """
    return dict(_prepared(kind, tuple(keyring.peppers().keys.items())))


@lru_cache(maxsize=32)
def _prepared(kind: str, peppers: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, Callable[[bytes], bytes]], ...]:
    return tuple((key_id, _stamp(pepper, f"v1|{kind}|".encode())) for key_id, pepper in peppers)


def _stamp(pepper: bytes, prefix: bytes) -> Callable[[bytes], bytes]:
    padded = pepper.ljust(BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + prefix)
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def stamp(normalised: bytes) -> bytes:
        within = inner.copy()
        within.update(normalised)
        around = outer.copy()
        around.update(within.digest())
        return around.digest()

    return stamp


def _keyed(pepper: bytes, kind: str, normalised: str) -> bytes:
    # The version and the kind keep equal values of different kinds, or of a later normalisation, apart.
    return hmac.digest(pepper, f"v1|{kind}|{normalised}".encode(), "sha256")
