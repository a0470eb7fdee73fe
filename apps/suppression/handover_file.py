"""The file that a recipient gets: a heading that tells how to compute the digests, and a line for each entry."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from apps.privacy.digests import stamps
from apps.privacy.identifiers import Kind, normalise

from .models import SuppressionEntry, SuppressionHandover, SuppressionList

FORMAT = 1
COLUMNS = "kind,key_id,digest,list,since"
PLAIN_COLUMNS = "sha256,list,since"
AT_ONCE = 5_000
# Made up, and written so that whoever leaves a step out gets another digest.
EXAMPLE = " Ann.Exämple+News@MÜNCHEN.example "

_HEADING = """\
# Compliance Console: suppression handover, format {format}
# handover: {reference}
# recipient: {recipient}
# list: {list_name}
# purpose: {purpose}
# made at: {made_at}
# Nobody in this file may be mailed for marketing or imported again. Mail about an order is not concerned.
#
# digest: lower-case hex of HMAC-SHA-256(key, "v1|" + kind + "|" + identifier), all in UTF-8. The key is not in here.
# kind email: remove blanks and invisible characters (U+200B-U+200D, U+2060, U+FEFF) around the address, then Unicode
#   NFC, lower case, NFC again, and the part after the @ as IDNA 2008 in ASCII (UTS 46). Plus tags and dots stay.
# kind email_sha256: the identifier is the lower-case hex of SHA-256(address as for email). Look up both ways.
# other kinds: remove blanks and invisible characters around it, then Unicode NFC. Capitals stay.
#
# Check your key and your steps: "{example}"
#   as kind email becomes {normalised}
{checks}"""
_CHECK = """\
#   by key {key_id}, kind email: {email}
#   by key {key_id}, kind email_sha256: {email_sha256}
"""

_HEX = {"sqlite": "lower(hex(e.digest))", "postgresql": "encode(e.digest, 'hex')"}
_DAY = {
    "sqlite": "substr(e.created_at, 1, 10)",
    "postgresql": "to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}


_PLAIN_HEADING = """\
# Compliance Console: suppression handover, format {format}, weaker: plain SHA-256
# handover: {reference}
# recipient: {recipient}
# list: {list_name}
# purpose: {purpose}
# made at: {made_at}
# Nobody in this file may be mailed for marketing or imported again. Mail about an order is not concerned.
# Whoever has this file can find out by guessing who is in it: keep it like a list of addresses.
# People whose address this console cannot read any more are left out; their number stands in the manifest.
#
# sha256: lower-case hex of SHA-256(address). Before that, remove blanks and invisible characters around the address,
#   then Unicode NFC, lower case, NFC again, and the part after the @ as IDNA 2008 in ASCII (UTS 46).
"""

Read = Callable[[Sequence[bytes]], Mapping[bytes, str]]


class Piece(NamedTuple):
    """Some bytes of the file, with how many entries stand in them and how many were left out."""

    data: bytes
    rows: int = 0
    left_out: int = 0


def keyed(handover: SuppressionHandover) -> Iterator[Piece]:
    """Yield the file of keyed digests."""
    yield Piece(heading(handover))
    for data, rows in lines(handover):
        yield Piece(data, rows)


def plain(handover: SuppressionHandover, read: Read) -> Iterator[Piece]:
    """Yield the file of plain SHA-256 digests; ``read`` knows the addresses of some of our digests."""
    yield Piece(f"{_told(_PLAIN_HEADING, handover)}{PLAIN_COLUMNS}\n".encode())
    for rows in _chunks(handover, ["e.digest", "l.name", _DAY[connection.vendor]]):
        known = read([bytes(digest) for digest, _, _ in rows])
        told = [(known[bytes(digest)], name, day) for digest, name, day in rows if bytes(digest) in known]
        data = "".join(f"{hashlib.sha256(address.encode()).hexdigest()},{name},{day}\n" for address, name, day in told)
        yield Piece(data.encode(), len(told), len(rows) - len(told))


def heading(handover: SuppressionHandover) -> bytes:
    """Return the lines above the first entry: the recipe, a vector by which to check it, the names of the columns."""
    text = _told(
        _HEADING, handover, example=EXAMPLE, normalised=normalise(Kind.EMAIL, EXAMPLE), checks="".join(_checks())
    )
    return f"{text}{COLUMNS}\n".encode()


def lines(handover: SuppressionHandover) -> Iterator[tuple[bytes, int]]:
    """Yield the entries that block at the start of the handover, in pieces with their number of lines.

    The database writes the lines: what stands in them is made of codes, digits and names without commas.
    """
    vendor = connection.vendor
    line = " || ',' || ".join(["e.kind", "e.key_id", _HEX[vendor], "l.name", _DAY[vendor]])
    for rows in _chunks(handover, [f"{line} || '\n'"]):
        yield "".join([line for (line,) in rows]).encode(), len(rows)


def _told(text: str, handover: SuppressionHandover, **more: str) -> str:
    return text.format(
        format=FORMAT,
        reference=handover.reference,
        recipient=handover.recipient,
        list_name=handover.list_name,
        purpose=handover.purpose,
        made_at=handover.made_at,
        **more,
    )


def _chunks(handover: SuppressionHandover, columns: list[str]) -> Iterator[list[tuple]]:
    """Read by one query: it sees one moment, whatever is added or lifted meanwhile.

    Outside a transaction nothing waits for a slow reader.
    """
    entries, lists = SuppressionEntry._meta.db_table, SuppressionList._meta.db_table
    statement = (
        f"SELECT {', '.join(columns)} FROM {entries} e JOIN {lists} l ON l.id = e.list_id "  # noqa: S608
        "WHERE e.lifted_at IS NULL AND (e.expires_at IS NULL OR e.expires_at > %s)"
    )
    values: list[object] = [connection.ops.adapt_datetimefield_value(handover.started_at)]
    if handover.list_id is not None:
        statement, values = f"{statement} AND e.list_id = %s", [*values, handover.list_id]
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


def _checks() -> Iterator[str]:
    email = normalise(Kind.EMAIL, EXAMPLE).encode()
    of_email, of_sha256 = stamps("email"), stamps("email_sha256")
    unkeyed = hashlib.sha256(email).hexdigest().encode()
    for key_id in of_email:
        made = {"email": of_email[key_id](email).hex(), "email_sha256": of_sha256[key_id](unkeyed).hex()}
        yield _CHECK.format(key_id=key_id, **made)
