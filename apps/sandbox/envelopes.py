"""The answers both vendors document for each status, and the bodies seen in the wild beside them."""

from http import HTTPStatus
from typing import Any

from .exchange import Reply, html_reply, json_reply

BENTO: dict[int, Any] = {
    202: {"status": "queued_for_anonymization"},
    400: {"errors": [{"field": "email", "message": "is invalid"}]},
    401: {"error": "Unauthorized"},
    403: {"error": "Forbidden"},
    404: {"error": "visitor_not_found"},
    422: {"error": "Visitor could not be updated"},
    429: {"error": "Rate limit exceeded"},
}
BLUESHIFT: dict[int, Any] = {
    200: {"status": "ok"},
    400: {"errors": {"email": ["can't be blank"]}},
    401: {"message": "Not authorized"},
    403: {"message": "Permission denied"},
    404: {"message": "Customer not found"},
    409: None,
    413: None,
    422: {"success": False, "error": "Validation failed"},
    429: {"message": "Rate limit exceeded"},
    500: {"message": "Internal Server Error - Please contact support for more information."},
    502: {"message": "Bad Gateway - Please retry the request."},
    503: {"message": "Service Unavailable - The service is temporarily unavailable. Try again later."},
    504: {"message": "Gateway Timeout - The server took too long to respond. Retry with exponential backoff."},
}
ERRORS: dict[str, Any] = {
    "bento": {"errors": [{"field": "email", "message": "could not be anonymized"}]},
    "blueshift": {"errors": [{"detail": "Validation failed"}], "meta": {"combine_errors": False, "no_toast": False}},
}
STYLES = ("json", "errors", "html", "text", "empty", "unrouted", "odd", "truncated", "unsuccessful")
BODILESS = (204, 304)
UNROUTED = {"status": "404", "error": "Not Found"}


def documented(vendor: str, status: int) -> Reply:
    """Return the vendor's own body for a status; one it never mentions gets its usual error key."""
    known = BENTO if vendor == "bento" else BLUESHIFT
    payload = known.get(status, {"error" if vendor == "bento" else "message": reason(status)})
    return Reply(status) if payload is None else json_reply(status, payload)


def styled(vendor: str, status: int, style: str) -> Reply:
    """Return an answer of this status in one of the STYLES."""
    if style == "empty" or status in BODILESS:
        return Reply(status)
    if style == "html":
        return html_reply(status, f"{status} {reason(status)}")
    if style in ("text", "truncated"):
        return _broken(vendor, status, style)
    payloads = {
        "errors": ERRORS[vendor],
        "unrouted": UNROUTED,
        "odd": {"state": "done", "jobs": []},
        "unsuccessful": {"success": False, "message": "Not now."},
    }
    return json_reply(status, payloads[style]) if style in payloads else documented(vendor, status)


def reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in {known.value for known in HTTPStatus} else "Unknown"


def _broken(vendor: str, status: int, style: str) -> Reply:
    if style == "text":
        return Reply(status, b"HTTP Basic: Access denied.\n", "text/plain; charset=utf-8")
    whole = documented(vendor, status)
    return Reply(status, whole.body[: len(whole.body) // 2], whole.content_type)
