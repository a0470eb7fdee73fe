"""Turn the lines of a file into rows for a list: digests and masks, and the lines that are refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from apps.privacy import keyring
from apps.privacy.bulk import reader
from apps.privacy.digests import stamps
from apps.privacy.identifiers import DOTS, InvalidIdentifier

from .files import Chunk
from .models import DIGESTS, EntryKind

_HEX = re.compile(rb"[0-9a-f]{64}")
_MASKED_DIGEST = f"digest {DOTS}"

Row = tuple[bytes, str]


@dataclass(frozen=True)
class Sheaf:
    """Rows of one kind and one pepper: digest and mask. ``older``: the same people's digests by older peppers."""

    kind: str
    key_id: str
    rows: list[Row] = field(default_factory=list, repr=False)
    older: dict[bytes, bytes] = field(default_factory=dict, repr=False)


@dataclass
class Gleaned:
    """What a chunk holds; lines are refused by number and reason, never with what stood there."""

    sheaves: dict[tuple[str, str], Sheaf] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(sheaf.rows) for sheaf in self.sheaves.values())

    def sheaf(self, kind: str, key_id: str) -> Sheaf:
        return self.sheaves.setdefault((kind, key_id), Sheaf(kind, key_id))

    def refuse(self, chunk: Chunk, index: int, refusal: InvalidIdentifier) -> None:
        """Note why a line gives nothing, unless it is blank."""
        if reason := chunk.reason(index, refusal):
            self.refused.append((chunk.first + index, reason))


Glean = Callable[[Chunk], Gleaned]


def gleaner(identifiers: str) -> Glean:
    """Return what reads chunks of a file of these identifiers: a kind, or digests that this console's peppers made."""
    return _glean_digests if identifiers == DIGESTS[0] else _identifier_gleaner(identifiers)


def _identifier_gleaner(kind: str) -> Glean:
    read = reader(kind)
    (key_id, stamp), *others = stamps(kind).items()

    def glean(chunk: Chunk) -> Gleaned:
        gleaned = Gleaned()
        sheaf = gleaned.sheaf(kind, key_id)
        add = sheaf.rows.append
        for index, value in enumerate(chunk.values):
            try:
                normalised, masked = read(value)
            except InvalidIdentifier as refusal:
                gleaned.refuse(chunk, index, refusal)
                continue
            digest = stamp(normalised)
            add((digest, masked))
            for _, older in others:
                sheaf.older[older(normalised)] = digest
        return gleaned

    return glean


def _glean_digests(chunk: Chunk) -> Gleaned:
    gleaned = Gleaned()
    for index, value in enumerate(chunk.values):
        try:
            kind, key_id, digest = read_digest(value)
        except InvalidIdentifier as refusal:
            gleaned.refuse(chunk, index, refusal)
        else:
            gleaned.sheaf(kind, key_id).rows.append((digest, _MASKED_DIGEST))
    return gleaned


def read_digest(value: bytes) -> tuple[str, str, bytes]:
    """Read key:hex, or kind:key:hex; without a kind it is of an e-mail address. Raises InvalidIdentifier."""
    *kind, key_id, digest = [b"", b"", *value.strip().split(b":")][-3:]
    named = (kind[0] or b"email").decode("ascii", "replace").strip().lower()
    known = key_id.decode("ascii", "replace").strip()
    if not known or not _HEX.fullmatch(digest.strip().lower()):
        raise InvalidIdentifier("A digest is the id of its key, a colon and 64 hexadecimal digits.")
    if named not in EntryKind.values:
        raise InvalidIdentifier("The kind is none that this console knows.")
    if known not in keyring.peppers().keys:
        raise InvalidIdentifier("The digest was made with a key that is not among DIGEST_PEPPERS.")
    return named, known, bytes.fromhex(digest.decode())
