"""The .env of a demo: written once, with fresh keys and with accounts at the sandbox."""

import base64
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# Short enough for a verified erasure to be watched; the vendors themselves take hours.
PACE = "verify_after=10s,30s,60s&retry_base=5s"
NOTES = "abuse_fields=abuse_note"  # the sandbox's Alan has one
PLAIN_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def fresh_variables() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "VAULT_KEYS": f"demo:{_key()}",
        "DIGEST_PEPPERS": f"demo:{_key()}",
        "CHECKPOINT_KEY": _key(),
        "HTTPS": "off",
        "DEMO_PASSWORD": _password(),
    }


def hurried_accounts(printed: str) -> dict[str, str]:
    """Take the VENDOR_ lines out of what the sandbox printed, and let these accounts be read back within a minute."""
    lines = (line.split("=", 1) for line in printed.splitlines() if line.startswith("VENDOR_"))
    return {name: f"{url}{'&' if '?' in url else '?'}{PACE}&{NOTES}" for name, url in lines}


def write_variables(path: Path, variables: Mapping[str, str]) -> None:
    """Write a new file that only this user may read; raises FileExistsError rather than replace one."""
    text = "# Written by `make demo`. Remove it, and var/, for a fresh start.\n"
    text += "".join(f"{name}={value}\n" for name, value in variables.items())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def real_hosts(urls: Iterable[str]) -> list[str]:
    """Name the hosts that are not this machine."""
    return sorted({urlsplit(url).hostname or "?" for url in urls} - LOOPBACK)


def port_of(urls: Iterable[str]) -> int:
    """Return the port that the accounts share; 0 without any."""
    return next((urlsplit(url).port or 0 for url in urls), 0)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _password() -> str:
    return "-".join("".join(secrets.choice(PLAIN_LETTERS) for _ in range(4)) for _ in range(4))
