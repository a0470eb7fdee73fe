"""Turn what somebody asks about into the digests under which a list may hold it."""

from collections.abc import Callable, Iterable

from apps.privacy.bulk import searcher
from apps.privacy.identifiers import InvalidIdentifier

from .gleaning import read_digest
from .models import EntryKind

DIGEST = "digest"
KINDS = (*EntryKind.values, DIGEST)

LookUp = Callable[[bytes], list[bytes]]


def digests_of(asked: Iterable[tuple[str, str | bytes]]) -> list[list[bytes] | str]:
    """Return by position the digests of each (kind, value) pair, or why it can identify nobody."""
    look_ups: dict[str, LookUp] = {}
    return [_look_up(look_ups, kind, value) for kind, value in asked]


def as_bytes(value: str | bytes) -> bytes:
    """Return what look-ups read; half characters, which JSON can bring, are refused by the identifier's own rules."""
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def _look_up(look_ups: dict[str, LookUp], kind: str, value: str | bytes) -> list[bytes] | str:
    look_up = look_ups.get(kind) or look_ups.setdefault(kind, _prepared(kind))
    try:
        return look_up(as_bytes(value))
    except InvalidIdentifier as refusal:
        return str(refusal)


def _prepared(kind: str) -> LookUp:
    return _of_digest if kind == DIGEST else searcher(EntryKind(kind))


def _of_digest(value: bytes) -> list[bytes]:
    return [read_digest(value)[2]]
