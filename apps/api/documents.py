"""The OpenAPI document: what django-ninja derives from the code, with what it cannot know."""

from typing import Any

from ninja import NinjaAPI

from .problems import MEDIA_TYPE, PROBLEMS

REFUSALS = frozenset({400, 401, 403, 413, 415, 422, 429, 500, 503})


def describe(api: NinjaAPI) -> dict[str, Any]:
    """Return the document; every refusal in it is problem+json with the headers that come along."""
    document = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    for methods in document["paths"].values():
        for operation in methods.values():
            _complete(operation)
    return document


def _complete(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        parameter.pop("examples", None)  # beside the schema they would have to be named; inside it they stay
    responses = {int(status): response for status, response in operation["responses"].items()}
    operation["responses"] = {str(status): _response(status, responses[status]) for status in sorted(responses)}
    if "201" in operation["responses"]:
        operation["responses"]["201"] |= OPENED
        operation["responses"]["200"] |= OPENED


def _response(status: int, response: dict[str, Any]) -> dict[str, Any]:
    if status < 400:
        return response
    words = " or ".join(f"`{problem.slug}`: {problem.title}" for problem in PROBLEMS if problem.status == status)
    (media,) = response["content"].values()
    return {"description": words, "content": {MEDIA_TYPE: media}, **HEADERS.get(status, {})}


def _header(name: str, words: str, kind: str) -> dict[str, Any]:
    return {"headers": {name: {"description": words, "required": True, "schema": {"type": kind}}}}


HEADERS = {
    401: _header("WWW-Authenticate", "`Bearer`.", "string"),
    429: _header("Retry-After", "Seconds to wait.", "integer"),
    503: _header("Retry-After", "Seconds to wait.", "integer"),
}
OPENED = _header("Location", "Where the ticket is read.", "string") | {
    "links": {"state": {"operationId": "read_ticket", "parameters": {"reference": "$response.body#/reference"}}}
}
