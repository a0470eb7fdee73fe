"""The text of a token: `cc_ID_SECRET`. The id is public and finds the row; the secret is known to its holder alone."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

SHAPE = re.compile(r"cc_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Secret:
    """What is stored of a token: 256 random bits need no slow hash, since nobody can try them out."""

    public_id: str
    digest: bytes = field(repr=False)


NOBODY = Secret("", bytes(32))


def new_token() -> str:
    return f"cc_{secrets.token_hex(8)}_{secrets.token_urlsafe(32)}"


def read_token(text: str) -> Secret:
    """Return what a token is found and compared by; NOBODY, which no row has, for anything that is none."""
    found = SHAPE.fullmatch(text)
    return Secret(found[1], hashlib.sha256(text.encode()).digest()) if found else NOBODY
