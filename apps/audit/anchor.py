"""A mark outside the database: how far the ledger had come, so that an older copy of the database is noticed.

It lies on the disk of each host that works. Whoever restores a backup restores no anchor with it.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from .errors import AuditError
from .models import AuditEvent, LedgerHead


class BrokenAnchor(AuditError):
    """The file cannot be read; nobody knows how far the ledger had come."""


@dataclass(frozen=True)
class Anchor:
    """The number of an event and its link, in hex."""

    seq: int
    link: str


def drop() -> None:
    """Write how far the ledger has come, all of it or nothing; an anchor moves back only by `lift`."""
    head = LedgerHead.objects.first()
    standing = read()
    if head is None or not head.seq or (standing and standing.seq >= head.seq):
        return
    path = settings.ANCHOR_FILE
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(Anchor(head.seq, bytes(head.link).hex())), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def is_ahead() -> bool:
    """Tell whether the ledger lacks the anchored event: the database is older than the anchor, or another one."""
    standing = read()
    if standing is None:
        return False
    link = AuditEvent.objects.filter(seq=standing.seq).values_list("link", flat=True).first()
    return link is None or bytes(link).hex() != standing.link


def read() -> Anchor | None:
    """Return what was anchored last, or None where nothing was; raise BrokenAnchor."""
    path: Path = settings.ANCHOR_FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Anchor(int(told["seq"]), str(told["link"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenAnchor(f"{path} is no anchor. Compare the ledger with a report, then delete the file.") from error


def lift() -> None:
    """Put the anchor aside, as evidence, so that the next one can be dropped; does nothing where there is none."""
    path: Path = settings.ANCHOR_FILE
    standing = read()
    if standing:
        path.replace(path.with_name(f"{path.name}.was-{standing.seq}"))
