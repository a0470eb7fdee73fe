"""Read many identifiers of one kind: what identifiers.py says, several times as fast for plain ASCII."""

import hashlib
import re
from collections.abc import Callable

from .digests import EMAIL_SHA256, stamps
from .identifiers import DOTS, EMAIL_LIMIT, LOCAL_PART_LIMIT, InvalidIdentifier, Kind, mask, normalise

Read = Callable[[bytes], tuple[bytes, str]]
LookUp = Callable[[bytes], list[bytes]]

MOST_DOMAINS = 50_000  # remembered at a time: constant memory however many a file names
_PLAIN_LOCAL = re.compile(rb"[!-9;-?A-~]{1,%d}" % LOCAL_PART_LIMIT)  # whether a colon may stand there is judged slowly
_PLAIN = re.compile(rb"[ -~]{1,255}")
_SHA256 = re.compile(rb"[0-9a-f]{64}")
_MASKED_SHA256 = f"SHA-256 {DOTS}"  # its first digits would let anybody confirm a guess


def reader(kind: str) -> Read:
    """Return a function from bytes, as they stand in a file, to (normalised, masked); it raises InvalidIdentifier.

    What it normalises to is normalise() in UTF-8, byte for byte; masks of plain addresses come in small letters.
    The kind ``email_sha256`` is read too: digests in hex, as other tools make them.
    """
    if kind == EMAIL_SHA256:
        return _read_sha256
    return _email_reader() if Kind(kind) is Kind.EMAIL else _other_reader(Kind(kind))


def searcher(kind: str) -> LookUp:
    """Return a function from bytes, as somebody typed them, to the values of lookups(); it raises InvalidIdentifier."""
    read, own = reader(kind), list(stamps(kind).values())
    if kind != Kind.EMAIL:
        return lambda value: _stamped(own, read(value)[0])
    other_tools = list(stamps(EMAIL_SHA256).values())

    def look_up(value: bytes) -> list[bytes]:
        normalised, _ = read(value)
        plain = hashlib.sha256(normalised).hexdigest().encode()
        return _stamped(own, normalised) + _stamped(other_tools, plain)

    return look_up


def _stamped(of_peppers: list[Callable[[bytes], bytes]], normalised: bytes) -> list[bytes]:
    return [stamp(normalised) for stamp in of_peppers]


def _email_reader() -> Read:
    endings: dict[bytes, str] = {}
    is_plain = _PLAIN_LOCAL.fullmatch

    def read(value: bytes) -> tuple[bytes, str]:
        text = value.strip().lower()
        local, _, domain = text.partition(b"@")
        ending = endings.get(domain)
        if ending is None:
            ending = _learn(endings, domain)
        if ending and is_plain(local):
            return text, chr(local[0]) + ending
        return _read_slowly(Kind.EMAIL, value)

    return read


def _learn(endings: dict[bytes, str], domain: bytes) -> str:
    """Remember how the addresses of a domain end when masked; "" for a domain that has to be rewritten, or refused."""
    if len(endings) >= MOST_DOMAINS:
        endings.clear()
    endings[domain] = _ending(domain)
    return endings[domain]


def _ending(domain: bytes) -> str:
    if not domain.isascii() or len(domain) >= EMAIL_LIMIT - LOCAL_PART_LIMIT:
        return ""
    plain = domain.decode()
    try:
        is_settled = normalise(Kind.EMAIL, f"a@{plain}") == f"a@{plain}"
    except InvalidIdentifier:
        return ""
    return mask(Kind.EMAIL, f"@{plain}") if is_settled else ""


def _other_reader(kind: Kind) -> Read:
    is_plain = _PLAIN.fullmatch

    def read(value: bytes) -> tuple[bytes, str]:
        text = value.strip()
        if is_plain(text):
            return text, chr(text[0]) + DOTS
        return _read_slowly(kind, value)

    return read


def _read_sha256(value: bytes) -> tuple[bytes, str]:
    text = value.strip().lower()
    if not _SHA256.fullmatch(text):
        raise InvalidIdentifier("A SHA-256 digest is 64 hexadecimal digits.")
    return text, _MASKED_SHA256


def _read_slowly(kind: Kind, value: bytes) -> tuple[bytes, str]:
    # What is not UTF-8 becomes half characters, which the identifier's own rules refuse with a reason.
    text = value.decode("utf-8", errors="surrogateescape")
    return normalise(kind, text).encode(), mask(kind, text)
