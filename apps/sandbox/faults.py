"""Faults on order: which request goes wrong, what the answer says, and how it travels."""

import json
from dataclasses import asdict, dataclass, field, fields
from itertools import count
from typing import Any

from .envelopes import STYLES, styled
from .exchange import Reply, Request

WIRES = (
    "whole",
    "timeout",
    "reset",
    "close",
    "trickle_headers",
    "trickle_body",
    "cut",
    "oversized",
    "gzip_bomb",
)
SILENT = ("timeout", "reset", "close")
DEFAULT_SECONDS = {"timeout": 60.0, "trickle_headers": 0.2, "trickle_body": 0.2}
LONGEST = 3600


class UnknownFault(ValueError):
    """A fault that cannot be ordered. The message says why."""


@dataclass
class Fault:
    """One order. Empty filters match everything; `times` of 0 stands until it is taken back.

    `effect` says whether the vendor really does what was asked: None means yes when the vendor's own answer
    travels, and no when the fault brings its own answer or none at all.
    """

    vendor: str = ""
    method: str = ""
    path: str = ""
    address: str = ""
    skip: int = 0
    times: int = 1
    status: int | None = None
    style: str = "json"
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    wire: str = "whole"
    seconds: float | None = None
    effect: bool | None = None
    number: int = 0
    met: int = 0

    def __post_init__(self) -> None:
        """Fill in what was left open. Raises UnknownFault."""
        _check(self)
        if self.seconds is None:
            self.seconds = DEFAULT_SECONDS.get(self.wire, 0.0)
        if self.effect is None:
            self.effect = self.status is None and not self.is_silent
        if not self.effect and self.status is None and not self.is_silent:
            raise UnknownFault("A fault without effect needs a status: there is no answer of the vendor to send.")

    @property
    def label(self) -> str:
        says = f"{self.status} {self.style}" if self.status else "vendor's answer"
        return self.wire if self.wire in SILENT else f"{self.wire}: {says}"

    @property
    def is_silent(self) -> bool:
        return self.wire in SILENT

    @property
    def is_spent(self) -> bool:
        return self.times > 0 and self.met >= self.skip + self.times

    def matches(self, vendor: str, request: Request) -> bool:
        """Compare all filters; a path matches as a part, an address without regard to capitals."""
        return (
            self.vendor in ("", vendor)
            and self.method.upper() in ("", request.method)
            and self.path in request.path
            and (not self.address or self._names(request.identifiers))
        )

    def answer(self, vendor: str, own: Reply | None) -> Reply:
        """Return what is sent in place of the vendor's own answer."""
        if self.status is None:
            return (own or Reply(200)).with_headers(self.headers)
        reply = styled(vendor, self.status, self.style)
        if self.body is not None:
            text = self.body if isinstance(self.body, str) else json.dumps(self.body)
            reply = Reply(self.status, text.encode(), "application/json; charset=utf-8")
        return reply.with_headers(self.headers)

    def _names(self, identifiers: list[str]) -> bool:
        return self.address.casefold() in {identifier.casefold() for identifier in identifiers}


def _check(fault: Fault) -> None:
    checks = {
        f"wire is one of {', '.join(WIRES)}.": fault.wire in WIRES,
        f"style is one of {', '.join(STYLES)}.": fault.style in STYLES,
        "status is a number from 200 to 599.": fault.status is None or _is_between(fault.status, 200, 599),
        "skip and times are numbers, zero or more.": all(_is_between(n, 0, 10**9) for n in (fault.skip, fault.times)),
        f"seconds is a number up to {LONGEST}.": fault.seconds is None or _is_between(fault.seconds, 0, LONGEST),
        "effect is true or false.": fault.effect in (None, True, False),
        "headers are texts on one line.": _are_headers(fault.headers),
        "vendor, method, path and address are texts.": all(isinstance(text, str) for text in _filters(fault)),
    }
    for sentence, holds in checks.items():
        if not holds:
            raise UnknownFault(sentence)


def _is_between(number: Any, least: float, most: float) -> bool:
    return type(number) in (int, float) and least <= number <= most


def _are_headers(headers: Any) -> bool:
    return isinstance(headers, dict) and all(str(value).isprintable() for pair in headers.items() for value in pair)


def _filters(fault: Fault) -> tuple[Any, ...]:
    return fault.vendor, fault.method, fault.path, fault.address


WISHES = {wish.name for wish in fields(Fault)} - {"number", "met"}


class Faults:
    """Orders in the sequence in which they came; the first that matches a request and is ripe strikes."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        self._numbers = count(1)

    def order(self, wishes: dict[str, Any]) -> Fault:
        """Add an order. Raises UnknownFault."""
        if strangers := sorted(wishes.keys() - WISHES):
            raise UnknownFault(f"Not known of a fault: {', '.join(strangers)}.")
        fault = Fault(**wishes, number=next(self._numbers))
        self._orders.append(fault)
        return fault

    def strike(self, vendor: str, request: Request) -> Fault | None:
        """Return the fault this request meets, and count it."""
        for fault in [fault for fault in self._orders if fault.matches(vendor, request)]:
            fault.met += 1
            if fault.is_spent:
                self._orders.remove(fault)
            if fault.met > fault.skip:
                return fault
        return None

    def withdraw_all(self) -> None:
        self._orders.clear()

    def dump(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._orders]
