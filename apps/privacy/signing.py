"""Sign what leaves the console, so that whoever gets it can tell that it came from here and is whole."""

import base64
import binascii
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from .errors import PrivacyError

SEED_BYTES = 32


class SigningKeyError(PrivacyError):
    """CHECKPOINT_KEY cannot be used; the sentence never repeats it."""


@dataclass(frozen=True)
class Signature:
    """An Ed25519 signature, and the key by which anybody can check it; both in base64."""

    value: str
    public_key: str


def sign(message: bytes) -> Signature | None:
    """Sign with CHECKPOINT_KEY; None where it is not set. Raises SigningKeyError."""
    if not settings.CHECKPOINT_KEY:
        return None
    key = Ed25519PrivateKey.from_private_bytes(_seed(settings.CHECKPOINT_KEY))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signature(_text(key.sign(message)), _text(public))


def _seed(text: str) -> bytes:
    try:
        seed = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise SigningKeyError("The key is not base64.") from None
    if len(seed) != SEED_BYTES:
        raise SigningKeyError(f"The key has {len(seed)} bytes instead of {SEED_BYTES}.")
    return seed


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
