"""Read the keys of the environment: `id:base64key,…`, of which the first is used for new rows."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from django.conf import settings

from .errors import PrivacyError

KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


class KeyringError(PrivacyError):
    """The variable cannot be used; the sentence never repeats a key."""


@dataclass(frozen=True)
class Keyring:
    """Keys by id, newest first."""

    keys: Mapping[str, bytes] = field(repr=False)

    @property
    def newest(self) -> str:
        return next(iter(self.keys))


def vault_keys() -> Keyring:
    """Return the keys that wrap the keys of tickets; raise KeyringError."""
    return parse(settings.VAULT_KEYS)


def peppers() -> Keyring:
    """Return the keys that digests are made with; raise KeyringError."""
    return parse(settings.DIGEST_PEPPERS)


@lru_cache(maxsize=8)
def parse(text: str) -> Keyring:
    """Read one variable; raise KeyringError with a sentence that names the entry by its place."""
    entries = [part.strip() for part in text.split(",") if part.strip()]
    if not entries:
        raise KeyringError("No key is set.")
    pairs = [_read(place, entry) for place, entry in enumerate(entries, start=1)]
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise KeyringError("Two keys share one id.")
    if len(set(keys.values())) != len(keys):
        raise KeyringError("One key stands under two ids.")
    return Keyring(MappingProxyType(keys))


def _read(place: int, entry: str) -> tuple[str, bytes]:
    key_id, colon, encoded = entry.partition(":")
    if not colon or not KEY_ID.fullmatch(key_id):
        raise KeyringError(f"Key {place} does not start with an id of letters and digits and a colon.")
    key = _decode(encoded)
    if key is None:
        raise KeyringError(f"Key {place} is not base64.")
    if len(key) != KEY_BYTES:
        raise KeyringError(f"Key {place} has {len(key)} bytes instead of {KEY_BYTES}.")
    return key_id, key


def _decode(encoded: str) -> bytes | None:
    """Take the web-safe alphabet too, since many tools print it."""
    try:
        return base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        return None
