"""Where an address must never stand: I8. Every row, every queue message, every session, the logs, the URLs."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from .evidence import Breach, Evidence

AT = re.compile(r"@|%40")
PART_OF_A_NAME = re.compile(r"[\w.+\-•…*]")


class Canaries:
    """Finds any of many addresses in a text quickly: by the few domains that they share."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._locals: defaultdict[str, set[str]] = defaultdict(set)
        for address in addresses:
            local, _, domain = address.casefold().rpartition("@")
            self._locals[domain].add(local)

    def first_in(self, value: object) -> str | None:
        """Return an address that stands in a text, also percent-encoded; of bytes, wherever it begins."""
        if isinstance(value, bytes | memoryview):
            return self._first(bytes(value).decode("latin-1").casefold(), whole=False)
        return self._first(value.casefold(), whole=True) if isinstance(value, str) else None

    def _first(self, text: str, *, whole: bool) -> str | None:
        for at in AT.finditer(text):
            for domain, names in self._locals.items():
                if text.startswith(domain, at.end()):
                    found = self._name_before(text, at.start(), names, whole=whole)
                    if found:
                        return f"{found}@{domain}"
        return None

    def _name_before(self, text: str, end: int, names: set[str], *, whole: bool) -> str | None:
        """Take only a whole name out of a text: the visible end of a masked one is no leak."""
        for start in range(max(0, end - 64), end):
            begins = start == 0 or not PART_OF_A_NAME.match(text[start - 1])
            if (begins or not whole) and text[start:end] in names:
                return text[start:end]
        return None


def nobody_is_named_in_clear(evidence: Evidence) -> Iterator[Breach]:
    canaries = Canaries(evidence.addresses)
    for place, value in _everything(evidence):
        address = canaries.first_in(value)
        if address:
            yield Breach("I8", f"{place} names {address} in clear.")


def _everything(evidence: Evidence) -> Iterator[tuple[str, object]]:
    for table in connection.introspection.table_names():
        yield from _cells(table)
    for message in _messages():
        yield "A message of the queue", message
    for session in Session.objects.iterator():
        yield "A session", repr(session.get_decoded())
    for act in evidence.acts:
        yield f"The URL of deletion request {act.number}", f"{act.path} {act.query}"
    for path in evidence.logs:
        yield from _lines(path)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        yield f"Line {number} of {path.name}", line


def _cells(table: str) -> Iterator[tuple[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a name of the database's own
        names = [column.name if hasattr(column, "name") else column[0] for column in cursor.description]
        while rows := cursor.fetchmany(1000):
            for row in rows:
                yield from ((f"{table}.{name}", value) for name, value in zip(names, row, strict=True))


def _messages() -> Iterator[str]:
    """Open the queue's messages: on the wire they are packed, and packing hides a name without protecting it."""
    in_redis = _in_redis() if settings.REDIS_URL else []
    for payload in [*in_redis, *OrmQ.objects.values_list("payload", flat=True)]:
        yield repr(SignedPackage.loads(payload))


def _in_redis() -> list[bytes]:
    broker = get_broker()
    return broker.connection.lrange(broker.list_key, 0, -1)


RULES = (nobody_is_named_in_clear,)
