"""The file that a recipient gets: a heading that tells how to compute the digests, and a line for each entry."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import connection

from apps.privacy.digests import stamps
from apps.privacy.identifiers import Kind, normalise

from .models import SuppressionEntry, SuppressionHandover, SuppressionList

FORMAT = 1
COLUMNS = "kind,key_id,digest,list,since"
AT_ONCE = 5_000
# Made up, and written so that whoever leaves a step out gets another digest.
EXAMPLE = " Ann.Exämple+News@MÜNCHEN.example "

_HEADING = """\
# Compliance Console: suppression handover, format {format}
# handover: {reference}
# recipient: {recipient}
# list: {list_name}
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


def heading(handover: SuppressionHandover) -> bytes:
    """Return the lines above the first entry: the recipe, a vector by which to check it, the names of the columns."""
    text = _HEADING.format(
        format=FORMAT,
        reference=handover.reference,
        recipient=handover.recipient,
        list_name=handover.list_name,
        made_at=handover.started_at.astimezone(UTC).isoformat(timespec="seconds"),
        example=EXAMPLE,
        normalised=normalise(Kind.EMAIL, EXAMPLE),
        checks="".join(_checks()),
    )
    return f"{text}{COLUMNS}\n".encode()


def lines(handover: SuppressionHandover) -> Iterator[tuple[bytes, int]]:
    """Yield the entries that block at the start of the handover, in pieces with their number of lines.

    One query: it sees one moment, whatever is added or lifted meanwhile, and no transaction waits for a slow reader.
    """
    statement, values = _statement(handover.list_id, handover.started_at)
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(AT_ONCE):
            yield "".join([line for (line,) in rows]).encode(), len(rows)


def _statement(list_id: int | None, at: datetime) -> tuple[str, list[object]]:
    """Let the database write the lines: what stands in them is made of codes, digits and names without commas."""
    vendor = connection.vendor
    cells = ["e.kind", "e.key_id", _HEX[vendor], "l.name", _DAY[vendor]]
    line = " || ',' || ".join(cells)
    entries, lists = SuppressionEntry._meta.db_table, SuppressionList._meta.db_table
    statement = (
        f"SELECT {line} || '\n' FROM {entries} e JOIN {lists} l ON l.id = e.list_id "  # noqa: S608 (names of our own)
        "WHERE e.lifted_at IS NULL AND (e.expires_at IS NULL OR e.expires_at > %s)"
    )
    values: list[object] = [connection.ops.adapt_datetimefield_value(at)]
    return (statement, values) if list_id is None else (f"{statement} AND e.list_id = %s", [*values, list_id])


def _checks() -> Iterator[str]:
    email = normalise(Kind.EMAIL, EXAMPLE).encode()
    of_email, of_sha256 = stamps("email"), stamps("email_sha256")
    plain = hashlib.sha256(email).hexdigest().encode()
    for key_id in of_email:
        made = {"email": of_email[key_id](email).hex(), "email_sha256": of_sha256[key_id](plain).hex()}
        yield _CHECK.format(key_id=key_id, **made)
