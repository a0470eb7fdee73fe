"""What comes in and what goes out: plain values without a socket."""

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .parameters import Tree, body_tree, merged, query_tree

NAMES_OF_A_PERSON = ("email", "uuid", "customer_id", "cookie", "device_id")


class UnreadableBody(ValueError):
    """The body is neither a form nor JSON with an object at its root."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    raw_body: bytes
    connection: int = 0

    @cached_property
    def query(self) -> Tree:
        return query_tree(self.raw_query)

    @cached_property
    def body(self) -> Tree:
        """Read the body as a form or as JSON, whichever it is. Raises UnreadableBody."""
        try:
            return body_tree(self.raw_body, self.headers.get("Content-Type", ""))
        except (ValueError, RecursionError) as error:
            raise UnreadableBody from error

    @property
    def params(self) -> Tree:
        """Query and body as one tree; the body wins. Raises UnreadableBody."""
        return merged(self.query, self.body)

    @cached_property
    def credentials(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic; None when the header is absent or broken."""
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        try:
            text = b64decode(encoded.strip(), validate=True).decode()
        except (NotBase64, ValueError):
            return None
        user, colon, password = text.partition(":")
        return (user, password) if colon and scheme.lower() == "basic" else None

    @cached_property
    def identifiers(self) -> list[str]:
        """Everything in the request that names a person, in order and once: for the journal and for faults."""
        return list(dict.fromkeys([*_named(self.query), *_named(_readable(self))]))


@dataclass(frozen=True)
class Reply:
    """An answer before it is sent. `effect` says whether the vendor accepted an act that changes something."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: bool = False

    def having_effect(self, effect: bool = True) -> "Reply":
        return replace(self, effect=effect)

    def with_headers(self, headers: Mapping[str, str]) -> "Reply":
        return replace(self, headers={**self.headers, **headers})


def json_reply(status: int, payload: Any) -> Reply:
    return Reply(status, json.dumps(payload).encode(), "application/json; charset=utf-8")


def html_reply(status: int, title: str) -> Reply:
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Reply(status, page.encode(), "text/html; charset=utf-8")


def _readable(request: Request) -> Tree:
    try:
        return request.body
    except UnreadableBody:
        return {}


def _named(tree: Any) -> list[str]:
    if isinstance(tree, list):
        return [name for branch in tree for name in _named(branch)]
    if not isinstance(tree, dict):
        return []
    here = [tree[key] for key in NAMES_OF_A_PERSON if isinstance(tree.get(key), str)]
    return here + [name for branch in tree.values() for name in _named(branch)]
