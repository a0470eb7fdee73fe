import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .errors import Outcome

SHORTEST_WAIT = 1.0
LONGEST_WAIT = 24 * 3600.0
# Half a surrogate pair has no bytes in UTF-8, and PostgreSQL stores no NUL; JSON may spell both.
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


@dataclass(frozen=True)
class Reply:
    """What came back from one request, before any vendor's meaning. Without an answer `lost` says why.

    `whole` is False where the body was cut, too long, or ended by the deadline: the status then counts, the body not.
    """

    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    whole: bool = True
    content_type: str = ""
    request_id: str = ""
    retry_after: float | None = None
    lost: Outcome | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """Tell a web page by its declared type or its first character; JSON never starts with `<`."""
        return "html" in self.content_type.lower() or self.body.lstrip()[:1] == b"<"

    @property
    def json(self) -> object:
        """Return the decoded body, or None where it is a page, incomplete, or no JSON: no vendor documents `null`.

        What no database stores is replaced, so that one broken emoji costs a field and not the whole look.
        """
        if self.is_html or not self.whole:
            return None
        try:
            return _storable(json.loads(self.body))
        except (ValueError, RecursionError):
            return None


def _storable(value: object) -> object:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    return value


def claims_failure(body: object) -> bool:
    """Tell a success status that takes itself back: WP Fusion checks Bento's 200 for it (bento-beyond-the-page 1.4)."""
    if not isinstance(body, dict):
        return False
    return body.get("success") is False or bool(body.get("error") or body.get("errors"))


def seconds_to_wait(retry_after: str, date: str) -> float | None:
    """Read Retry-After (RFC 9110 10.2.3) as 1 second to 24 hours; None if it cannot be read.

    A date is compared with the answer's own Date, so that a clock that is wrong on either side changes nothing.
    """
    text = retry_after.strip()
    seconds = float(text) if text.isascii() and text.isdigit() else _until(text, date)
    return None if seconds is None else min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)


def _until(moment: str, date: str) -> float | None:
    then = _http_date(moment)
    if then is None:
        return None
    return (then - (_http_date(date) or datetime.now(UTC))).total_seconds()


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
