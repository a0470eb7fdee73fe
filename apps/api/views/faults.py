"""Turn whatever stops a call into a problem that says what to do next."""

import logging
from collections.abc import Iterable

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from apps.api import problems
from apps.api.problems import Refused, answer
from apps.api.schemas import ADDRESS, ID
from apps.api.services.admitting import NotAdmitted, TooFast
from apps.api.services.checking import TooMany, UnknownAccount
from apps.api.services.intake import KeyReused
from apps.audit.actors import NotAllowed
from apps.privacy.identifiers import InvalidIdentifier
from apps.suppression.errors import SuppressionError
from apps.suppression.services.lifting import NothingToLift
from apps.tickets.errors import TicketError

logger = logging.getLogger(__name__)

SHOWN = 20
HARMLESS = frozenset(
    {
        "bool_type",
        "list_type",
        "literal_error",
        "missing",
        "model_attributes_type",
        "model_type",
        "string_pattern_mismatch",
        "string_too_long",
        "string_too_short",
        "string_type",
        "too_long",
        "too_short",
        "union_tag_not_found",
        "value_error",
    }
)
BUSY_SECONDS = "10"
PATTERNS = {
    ADDRESS: "An e-mail address has one @, a name of up to 64 characters before it, a domain after it, and no spaces.",
    ID: "An id is not blank and holds no control characters.",
}


def teach(api: NinjaAPI) -> None:
    """Give the library an answer for everything that may be raised; the narrowest class wins."""
    for error, answered in ANSWERS.items():
        api.add_exception_handler(error, answered)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return answer(refusal.problem, "" if str(refusal) == refusal.problem.title else str(refusal))


def _unauthorized(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("A call without a valid token was refused.")
    return answer(problems.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})


def _too_fast(request: HttpRequest, error: TooFast) -> HttpResponse:
    return answer(problems.TOO_FAST, str(error), headers={"Retry-After": str(error.seconds)})


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [_fault(fault) for fault in error.errors[:SHOWN]]
    more = f"The first {SHOWN} of {len(error.errors)} errors are listed." if len(error.errors) > SHOWN else ""
    return answer(problems.INVALID, more, errors=faults)


def _fault(fault: dict) -> dict[str, str]:
    """Name the field by its place; the name of an unknown field was sent, and may be somebody's address."""
    is_unknown = fault["type"] == "extra_forbidden"
    place = fault["loc"][1:-1] if is_unknown else fault["loc"][1:]
    return {"where": _path(place), "problem": _words(fault)}


def _words(fault: dict) -> str:
    """Pass on only words that are known to repeat nothing: those of some other errors hold what was sent."""
    if fault["type"] == "extra_forbidden":
        return "Unknown field; the API takes only documented ones."
    if fault["type"] == "union_tag_invalid":
        return f"The kind is one of {fault['ctx']['expected_tags']}."
    if fault["type"] not in HARMLESS:
        return "Not as documented."
    if words := PATTERNS.get(fault.get("ctx", {}).get("pattern")):
        return words
    return f"{fault['msg'].removeprefix('Value error, ')}."


def _path(place: Iterable[object]) -> str:
    names = [str(part) for part in place]
    return ".".join(names[1:] if names[:1] == ["body"] else names) or "body"


def _malformed(request: HttpRequest, error: Exception) -> HttpResponse:
    return answer(problems.MALFORMED)


def _too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    return answer(problems.TOO_LARGE)


def _not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    return answer(problems.FORBIDDEN, str(error))


def _rule_refused(request: HttpRequest, error: Exception) -> HttpResponse:
    return answer(problems.REFUSED, str(error))


def _nothing_lifted(request: HttpRequest, error: NothingToLift) -> HttpResponse:
    """Repeating a lift is no fault: its first answer may have been lost."""
    return HttpResponse('{"lifted": 0}', content_type="application/json")


def _key_reused(request: HttpRequest, error: KeyReused) -> HttpResponse:
    return answer(problems.KEY_REUSED, str(error))


def _busy(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("The database was busy or away: %s", type(error).__name__)
    return answer(problems.BUSY, headers={"Retry-After": BUSY_SECONDS})


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("A call to the API broke.", exc_info=error)
    return answer(problems.BROKEN)


ANSWERS = {
    Refused: _refused,
    AuthenticationError: _unauthorized,
    NotAdmitted: _unauthorized,
    TooFast: _too_fast,
    ValidationError: _invalid,
    HttpError: _malformed,
    UnreadablePostError: _malformed,
    RequestDataTooBig: _too_large,
    NotAllowed: _not_allowed,
    TicketError: _rule_refused,
    SuppressionError: _rule_refused,
    InvalidIdentifier: _rule_refused,
    UnknownAccount: _rule_refused,
    TooMany: _rule_refused,
    NothingToLift: _nothing_lifted,
    KeyReused: _key_reused,
    OperationalError: _busy,
    InterfaceError: _busy,
    Exception: _broken,
}
