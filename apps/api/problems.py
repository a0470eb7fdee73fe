"""Every refusal of the API: problem+json (RFC 9457) with one way to go on, and nothing of what was sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"
DOCS = "/api/v1/docs"


@dataclass(frozen=True)
class Problem:
    """One kind of refusal. ``slug`` names it for programs, and is its anchor on the page of the API."""

    slug: str
    status: int
    title: str
    next_step: str


MALFORMED = Problem(
    "malformed", 400, "The body is no JSON", "Send one JSON object in UTF-8, with a Content-Length header."
)
UNAUTHORIZED = Problem(
    "unauthorized",
    401,
    "No valid token",
    "Send “Authorization: Bearer TOKEN” with a token that has neither expired nor been revoked.",
)
FORBIDDEN = Problem(
    "forbidden", 403, "The token may not do this", "Ask an Administrator for a token with the scope that is named."
)
NOT_FOUND = Problem(
    "not-found", 404, "Nothing is here", "Check the address; a ticket is shown to the client that opened it."
)
WRONG_METHOD = Problem("wrong-method", 405, "Not with this method", "Use a method that the header Allow names.")
TOO_LARGE = Problem("too-large", 413, "The body is too large", "Send fewer identifiers a call, in several calls.")
WRONG_TYPE = Problem("wrong-type", 415, "The body is no JSON", "Send it with “Content-Type: application/json”.")
INVALID = Problem(
    "invalid", 422, "The request is not as documented", "Correct what “errors” names; the values are not repeated."
)
REFUSED = Problem("refused", 422, "The console refuses this", "Correct what “detail” says, and call again.")
KEY_REUSED = Problem(
    "key-reused",
    409,
    "The Idempotency-Key was used for another request",
    "Use a new key for each new request, and the same key only to repeat one.",
)
TOO_FAST = Problem("too-fast", 429, "Too many calls", "Wait as many seconds as the header Retry-After says.")
BROKEN = Problem("broken", 500, "Something broke here", "Treat everybody as suppressed, and tell who runs the console.")
BUSY = Problem(
    "busy",
    503,
    "The database is busy or away",
    "Treat everybody as suppressed, and call again after as many seconds as the header Retry-After says.",
)
PROBLEMS = (
    MALFORMED,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_FOUND,
    WRONG_METHOD,
    KEY_REUSED,
    TOO_LARGE,
    WRONG_TYPE,
    INVALID,
    REFUSED,
    TOO_FAST,
    BROKEN,
    BUSY,
)


class Refused(Exception):
    """Stop a call with a problem; the views turn it into the answer."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(detail or problem.title)
        self.problem = problem


def answer(
    problem: Problem,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Say the problem; ``detail`` and ``errors`` must repeat nothing of what the caller sent."""
    body = {
        "type": f"{DOCS}#{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail or f"{problem.title}.",
        "next_step": problem.next_step,
    }
    if errors:
        body["errors"] = list(errors)
    text = json.dumps(body, ensure_ascii=False)
    return HttpResponse(text, status=problem.status, content_type=MEDIA_TYPE, headers=dict(headers or {}))
