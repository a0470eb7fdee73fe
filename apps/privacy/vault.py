"""Seal personal text so that destroying one key makes every copy unreadable."""

import secrets
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import QuerySet

from . import keyring
from .errors import PrivacyError
from .models import DataKey

NONCE_BYTES = 12


class VaultError(PrivacyError):
    """The sealed text cannot be opened."""


class Shredded(VaultError):
    """The key was destroyed on purpose; nothing brings the text back."""


def new_key(at: datetime) -> DataKey:
    """Make and store a key, wrapped by the newest key of the deployment."""
    key = DataKey(key_id=keyring.vault_keys().newest, created_at=at)
    key.wrapped = _encrypt(_wrapping_key(key), secrets.token_bytes(keyring.KEY_BYTES), _wrap_name(key))
    key.save(force_insert=True)
    return key


def seal(key: DataKey, text: str, *, name: str) -> bytes:
    """Encrypt under a name of row and field; it opens only under the same key and the same name."""
    return seal_bytes(key, text.encode(), name=name)


def seal_bytes(key: DataKey, plain: bytes, *, name: str) -> bytes:
    """Encrypt what is no text, or a part of one."""
    return _encrypt(_unwrap(key), plain, _name(key, name))


def unseal(key: DataKey, sealed: bytes, *, name: str) -> str:
    """Decrypt; raise Shredded where the key is destroyed, VaultError where the text was changed or moved."""
    return unseal_bytes(key, sealed, name=name).decode()


def unseal_bytes(key: DataKey, sealed: bytes, *, name: str) -> bytes:
    """Decrypt what is no text; raises as unseal does."""
    return _decrypt(_unwrap(key), bytes(sealed), _name(key, name))


def shred(key: DataKey, *, at: datetime) -> bool:
    """Destroy a key for ever; return False where it was destroyed before."""
    shredded = shred_all(DataKey.objects.filter(pk=key.pk), at=at)
    key.refresh_from_db(fields=["wrapped", "shredded_at"])
    return bool(shredded)


def shred_all(keys: QuerySet[DataKey], *, at: datetime) -> int:
    """Destroy many keys in one statement; return how many were still whole. Key objects in memory stay as they are."""
    return keys.filter(shredded_at=None).update(wrapped=None, shredded_at=at)


def _unwrap(key: DataKey) -> bytes:
    if key.wrapped is None:
        raise Shredded("The key of this text was destroyed. Nobody can read it any more.")
    return _decrypt(_wrapping_key(key), bytes(key.wrapped), _wrap_name(key))


def _wrapping_key(key: DataKey) -> bytes:
    try:
        return keyring.vault_keys().keys[key.key_id]
    except KeyError:
        raise VaultError(f"VAULT_KEYS lacks the key “{key.key_id}” that this text was sealed with.") from None


def _wrap_name(key: DataKey) -> bytes:
    return f"{key.pk}|data key".encode()


def _name(key: DataKey, name: str) -> bytes:
    return f"{key.pk}|{name}".encode()


def _encrypt(secret: bytes, plain: bytes, name: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(secret).encrypt(nonce, plain, name)


def _decrypt(secret: bytes, sealed: bytes, name: bytes) -> bytes:
    try:
        return AESGCM(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name)
    except (InvalidTag, ValueError):
        raise VaultError("The sealed text was changed, moved here from elsewhere, or made with another key.") from None
