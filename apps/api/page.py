"""The OpenAPI document as plain values for a page without scripts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from .problems import PROBLEMS, Problem

Schema = Mapping[str, Any]


def marked(text: str) -> SafeString:
    """Escape a text of the document, and show what stands between backticks as code."""
    parts = (format_html("<code>{}</code>", part) if odd else conditional_escape(part) for odd, part in _parts(text))
    return mark_safe("".join(parts))  # noqa: S308 - every part was escaped


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    return ((place % 2 == 1, part) for place, part in enumerate(text.split("`")))


@dataclass(frozen=True)
class Field:
    """One line of a table: ``links_to`` names the shape it consists of."""

    name: str
    kind: str
    links_to: str
    is_required: bool
    words: SafeString


@dataclass(frozen=True)
class Shape:
    """One object that is taken or answered."""

    name: str
    words: SafeString
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Operation:
    """One call: what is sent, and which answers it has."""

    name: str
    method: str
    path: str
    title: str
    words: tuple[SafeString, ...]
    parameters: tuple[Field, ...]
    body: str
    answers: tuple[tuple[str, SafeString, str], ...]


@dataclass(frozen=True)
class Page:
    """What the page shows."""

    operations: tuple[Operation, ...]
    shapes: tuple[Shape, ...]
    problems: tuple[Problem, ...] = PROBLEMS


def page(document: Schema) -> Page:
    """Read a whole document."""
    shapes = document["components"]["schemas"]
    return Page(tuple(_operations(document)), tuple(_shape(name, shapes[name]) for name in sorted(shapes)))


def _operations(document: Schema) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            yield Operation(
                name=operation["operationId"],
                method=method.upper(),
                path=path,
                title=operation["summary"],
                words=tuple(marked(part) for part in operation.get("description", "").split("\n\n")),
                parameters=tuple(_parameter(parameter) for parameter in operation["parameters"]),
                body=_target(body),
                answers=tuple(_answer(status, response) for status, response in operation["responses"].items()),
            )


def _parameter(parameter: Schema) -> Field:
    words = " ".join(filter(None, (f"In the {parameter['in']}.", parameter.get("description", ""))))
    return Field(parameter["name"], _kind(parameter["schema"]), "", parameter["required"], marked(words))


def _answer(status: str, response: Schema) -> tuple[str, SafeString, str]:
    (media,) = response["content"].values()
    return status, marked(response["description"]), _target(media["schema"])


def _shape(name: str, schema: Schema) -> Shape:
    required = schema.get("required", ())
    fields = schema.get("properties", {}).items()
    return Shape(
        name,
        marked(schema.get("description", "")),
        tuple(_field(each, part, each in required) for each, part in fields),
    )


def _field(name: str, schema: Schema, is_required: bool) -> Field:
    return Field(name, _kind(schema), _target(schema), is_required, marked(schema.get("description", "")))


def _kind(schema: Schema) -> str:
    """Say a type in words: “list of Asked, 1 to 10000”."""
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if schema.get("enum"):
        return ", ".join(schema["enum"])
    kind = _target(schema) or schema.get("format") or schema.get("const") or schema.get("type", "")
    if "items" in schema:
        kind = f"list of {_kind(schema['items'])}"
    return kind + _limits(schema)


def _limits(schema: Schema) -> str:
    most = schema.get("maxLength") or schema.get("maxItems")
    return f", up to {most:,}" if most else ""


def _target(schema: Schema) -> str:
    reference = schema.get("$ref") or schema.get("items", {}).get("$ref", "")
    return reference.rpartition("/")[2]
