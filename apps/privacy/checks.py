"""Refuse to start with keys that would lose or expose what they guard."""

from collections.abc import Callable

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from . import keyring
from .keyring import Keyring, KeyringError
from .signing import SigningKeyError, sign

MAKE_A_KEY = (
    "Write id:key pairs, newest first. A key is 32 random bytes in base64: "
    "python3 -c \"import base64, secrets; print('k1:' + base64.b64encode(secrets.token_bytes(32)).decode())\""
)

MAKE_A_SEED = (
    "It is 32 random bytes in base64, or empty: "
    'python3 -c "import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())"'
)


def check_keys(app_configs: object, **options: object) -> list[CheckMessage]:
    """Report each variable by itself, then what the two must not share."""
    broken = [
        *_check_variable("VAULT_KEYS", keyring.vault_keys, "privacy.E001"),
        *_check_variable("DIGEST_PEPPERS", keyring.peppers, "privacy.E002"),
    ]
    return broken or [*_check_apart(), *_check_secret_key()]


def check_signing_key(app_configs: object, **options: object) -> list[CheckMessage]:
    """Report a key that would fail at the end of a file that has left already."""
    try:
        sign(b"")
    except SigningKeyError as error:
        return [Error(f"CHECKPOINT_KEY: {error}", hint=MAKE_A_SEED, id="privacy.E005")]
    return []


def check_trap(app_configs: object, **options: object) -> list[CheckMessage]:
    """Warn wherever a trap is set: whoever forgets it there gets a process that ends itself."""
    trap = settings.FAILPOINT
    if trap is None:
        return []
    message = f"FAILPOINT sets a trap: {trap.action} at “{trap.place}”, at pass {trap.nth} of each process."
    return [Warning(message, hint="Take FAILPOINT out of the environment, except in a test.", id="privacy.W001")]


def _check_variable(name: str, read: Callable[[], Keyring], check_id: str) -> list[CheckMessage]:
    try:
        read()
    except KeyringError as error:
        return [Error(f"{name}: {error}", hint=MAKE_A_KEY, id=check_id)]
    return []


def _check_apart() -> list[CheckMessage]:
    if set(keyring.vault_keys().keys.values()).isdisjoint(keyring.peppers().keys.values()):
        return []
    message = "VAULT_KEYS and DIGEST_PEPPERS share a key: who learns one could use it as the other."
    return [Error(message, hint=MAKE_A_KEY, id="privacy.E003")]


def _check_secret_key() -> list[CheckMessage]:
    if settings.SECRET_KEY not in settings.VAULT_KEYS and settings.SECRET_KEY not in settings.DIGEST_PEPPERS:
        return []
    message = "SECRET_KEY is part of VAULT_KEYS or DIGEST_PEPPERS: it must be a secret of its own."
    return [Error(message, hint="Make a new SECRET_KEY; stored rows do not depend on it.", id="privacy.E004")]
