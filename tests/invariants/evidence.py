"""What the sandbox wrote down, in a shape that rules can ask."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from apps.tickets.models import Erasure
from apps.tickets.selectors.identifiers import value_of
from tests.sandbox_process import Sandbox

ACTS = ("delete", "forget")
LOOKS = ("find", "search", "get")
Json = dict[str, Any]


@dataclass(frozen=True)
class Breach:
    """One broken promise: its number, a sentence, and the erasure whose story explains it, where there is one."""

    rule: str
    sentence: str
    erasure: int | None = None

    def __str__(self) -> str:
        return f"{self.rule}: {self.sentence}"


@dataclass(frozen=True)
class Request:
    """One request as the sandbox received it; ``number`` is its place in the order of arrival."""

    number: int
    vendor: str
    action: str
    attempt: str
    status: int | None
    received_at: datetime
    path: str
    query: Json
    fault: str
    effect: bool
    names: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, number: int, entry: Json) -> "Request":
        named = {str(name).casefold() for name in entry["identifiers"]}
        return cls(
            number=number,
            vendor=entry["vendor"],
            action=entry["action"],
            attempt=entry["request_id"],
            status=entry["status"],
            received_at=datetime.fromisoformat(entry["received_at"]),
            path=entry["path"],
            query=entry["query"],
            fault=entry["fault"],
            effect=entry["effect"],
            names=frozenset(named | {entry["path"].rpartition("/")[2].casefold()}),
        )


@dataclass(frozen=True)
class Evidence:
    """The sandbox's side. ``at`` is the console's present; ``one_clock`` says that both sides read the same clock."""

    requests: tuple[Request, ...]
    people: Mapping[str, list[Json]]
    at: datetime
    logs: tuple[Path, ...] = ()
    one_clock: bool = False

    @cached_property
    def acts(self) -> list[Request]:
        return [request for request in self.requests if request.action in ACTS]

    @cached_property
    def acts_by_attempt(self) -> dict[str, list[Request]]:
        return _grouped(self.acts, lambda act: [act.attempt])

    @cached_property
    def looks_by_name(self) -> dict[tuple[str, str], list[Request]]:
        looks = [request for request in self.requests if request.action in LOOKS]
        return _grouped(looks, lambda look: [(look.vendor, name) for name in look.names])

    def looks_at(self, vendor: str, names: Iterable[str]) -> list[Request]:
        """Return the looks that named one of these, each once and in the order of arrival."""
        found = {look.number: look for name in names for look in self.looks_by_name.get((vendor, name), ())}
        return [found[number] for number in sorted(found)]

    @cached_property
    def people_by_name(self) -> dict[tuple[str, str, str], list[Json]]:
        """Whoever the sandbox still holds, by vendor, kind of identifier and value."""
        rows = [{"vendor": vendor, **row} for vendor in ("bento", "blueshift") for row in self.people.get(vendor, [])]
        return _grouped(rows, _keys_of)

    @cached_property
    def addresses(self) -> set[str]:
        """Every address that a request or a record named: whoever the test is about."""
        named = {name for request in self.requests for name in request.names}
        held = {key[2] for key in self.people_by_name}
        return {name for name in named | held if "@" in name}


def evidence_of(sandbox: Sandbox, *, at: datetime, **said: Any) -> Evidence:
    """Ask a running sandbox."""
    return gather(sandbox.journal(), sandbox.people(), at=at, **said)


def gather(entries: Iterable[Json], people: Mapping[str, list[Json]], *, at: datetime, **said: Any) -> Evidence:
    requests = tuple(Request.of(number, entry) for number, entry in enumerate(entries, 1))
    return Evidence(requests, people, at, **said)


def names_of(erasure: Erasure) -> set[str]:
    """Return what a look at this erasure's person may have named."""
    names = {value_of(erasure.identifier, erasure.ticket).casefold()}
    if erasure.before is not None:
        names |= {str(uuid).casefold() for uuid in erasure.before.vendor_uuids}
    return names


def journal_file(path: Path) -> list[Json]:
    """Read a journal; a last line that a power cut left half written was never answered either."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def _keys_of(row: Json) -> list[tuple[str, str, str]]:
    kinds = ("email", "customer_id", "cookie", "device_id")
    return [(row["vendor"], kind, str(row[kind]).casefold()) for kind in kinds if row.get(kind)]


def _grouped(items: Iterable[Any], keys: Callable[[Any], Iterable[Any]]) -> dict[Any, list[Any]]:
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for item in items:
        for key in keys(item):
            groups[key].append(item)
    return groups
