"""The bytes of the ledger: how an event is written down, and how each is tied to the one before it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

Fact = str | int | bool | None
Facts = Mapping[str, Fact]

GENESIS = bytes(32)
LEAF = b"\x00"
LINK = b"\x03"


def canonical(entry: Mapping[str, object]) -> bytes:
    """Write an entry down once and for all: sorted keys, no blanks, UTF-8."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def moment(at: datetime) -> str:
    """Write a moment in UTC down to the microsecond, so that equal moments are equal bytes."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def link(prev: bytes, body: bytes) -> bytes:
    """Tie a body to everything before it. The first bytes keep leaves and links from standing in for each other."""
    return hashlib.sha256(LINK + prev + hashlib.sha256(LEAF + body).digest()).digest()
