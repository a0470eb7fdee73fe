"""What every call passes first: the token, its minute, its scope, and a body that can be read."""

import re
from typing import Any

import pydantic_core
from django.http import HttpRequest
from django.utils import timezone
from ninja.parser import Parser
from ninja.security import HttpBearer

from apps.api.models import ApiToken
from apps.api.problems import FORBIDDEN, MALFORMED, WRONG_TYPE, Refused
from apps.api.scopes import Scope
from apps.api.services.admitting import TURNSTILE, admit

# The last alternative steps over other escapes, so that what follows an escaped backslash is no escape.
_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


class BearerToken(HttpBearer):
    """Let calls in whose token carries one scope; ``request.auth`` is then the token."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        now = timezone.now()
        admitted = admit(token, at=now)
        TURNSTILE.let_through(admitted, at=now)
        if self.scope not in admitted.scopes:
            raise Refused(FORBIDDEN, f"This token lacks the scope “{self.scope.value}”.")
        if request.method == "POST":
            _refuse_unreadable(request)
        return admitted


def _refuse_unreadable(request: HttpRequest) -> None:
    if request.content_type != "application/json":
        raise Refused(WRONG_TYPE)
    if not request.META.get("CONTENT_LENGTH"):  # as with chunks: Django would take the body for an empty one
        raise Refused(MALFORMED, "The body came without a Content-Length header.")


class StrictJson(Parser):
    """Read JSON as the standard has it: no NaN, no half characters, no depth that exhausts the stack."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return _read(request.body)
        except ValueError:
            if not request.path.endswith("/suppression/check"):
                raise
            # Among thousands nobody would find the one; as NUL it spoils its own answer, and only that.
            return _read(_HALF.sub(_nul_for_half, request.body))


def _read(body: bytes) -> Any:
    return pydantic_core.from_json(body, allow_inf_nan=False, cache_strings="keys")


def _nul_for_half(escape: re.Match[bytes]) -> bytes:
    return rb"\u0000" if escape["half"] else escape[0]
