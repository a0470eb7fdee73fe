from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Outcome(StrEnum):
    """What one request came to. The same number means different things at different vendors: each client decides."""

    ACCEPTED = "accepted"
    ABSENT = "absent"
    ABSENT_UNSURE = "absent_unsure"
    REJECTED = "rejected"
    KEY_REFUSED = "key_refused"
    BUSY = "busy"
    MAYBE_ARRIVED = "maybe_arrived"
    UNKNOWN = "unknown"
    HTML_SUCCESS = "html_success"
    UNREACHED = "unreached"
    TLS_FAILED = "tls_failed"
    REDIRECTED = "redirected"
    WRONG_ADDRESS = "wrong_address"


WORDS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.ACCEPTED: "Accepted by the vendor. Not yet proof.",
        Outcome.ABSENT: "The vendor does not know this person.",
        Outcome.ABSENT_UNSURE: "The vendor does not know this person.",
        Outcome.REJECTED: "Refused. Read the vendor's words, then correct and reopen, do it by hand, or close.",
        Outcome.KEY_REFUSED: "Key refused.",
        Outcome.BUSY: "Busy.",
        Outcome.MAYBE_ARRIVED: "May have arrived. Checking before the next try.",
        Outcome.UNKNOWN: "We do not know yet. Checking.",
        Outcome.HTML_SUCCESS: "Answered a web page instead of an API.",
        Outcome.UNREACHED: "Did not leave.",
        Outcome.TLS_FAILED: "Check the address of this account.",
        Outcome.REDIRECTED: "Check the address of this account.",
        Outcome.WRONG_ADDRESS: "Check the address of this account.",
    }
)
STOPPED_BEFORE_API = "Stopped before it reached the API."


class VendorError(Exception):
    """Any answer but the documented one, sorted by the caller's next move.

    VendorError
    ├── VendorBusy            nothing happened: wait, then send again without a look
    │   └── VendorUnreached   nothing even left this machine: the quota is given back
    ├── VendorUnclear         it may have happened: look before sending again
    └── VendorRefusal         nothing will happen until a person acts, or a look settles it
        ├── VendorMisrouted   the account's address is wrong: says nothing about the person
        └── VendorUnavailable the account's plan has no such call: do without it

    The text holds no URL, key or address. `words` is the vendor's own text: cleaned and cut, still untrusted.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: Outcome,
        http_status: int | None = None,
        request_id: str = "",
        words: str = "",
        retry_after: float | None = None,
        html: bool = False,
    ):
        super().__init__(message)
        self.outcome = outcome
        self.http_status = http_status
        self.request_id = request_id
        self.words = words
        self.retry_after = retry_after
        self.html = html


class VendorBusy(VendorError):
    """Nothing happened. `retry_after` is a floor in seconds, for the whole account."""


class VendorUnreached(VendorBusy):
    """Nothing left this machine."""


class VendorUnclear(VendorError):
    """It may have happened. A blind second try could erase a second person's profile."""


class VendorRefusal(VendorError):
    """Sending the same again cannot help."""


class VendorMisrouted(VendorRefusal):
    """Something else than the vendor's API answered, or nothing that proves to be the vendor."""


class VendorUnavailable(VendorRefusal):
    """The account may not make this call at all; what it was about stays unknown."""


_NEXT_MOVE: Mapping[Outcome, type[VendorError]] = MappingProxyType(
    {
        Outcome.BUSY: VendorBusy,
        Outcome.UNREACHED: VendorUnreached,
        Outcome.MAYBE_ARRIVED: VendorUnclear,
        Outcome.UNKNOWN: VendorUnclear,
        Outcome.HTML_SUCCESS: VendorUnclear,
        Outcome.ABSENT: VendorRefusal,
        Outcome.ABSENT_UNSURE: VendorRefusal,
        Outcome.REJECTED: VendorRefusal,
        Outcome.KEY_REFUSED: VendorRefusal,
        Outcome.TLS_FAILED: VendorMisrouted,
        Outcome.REDIRECTED: VendorMisrouted,
        Outcome.WRONG_ADDRESS: VendorMisrouted,
    }
)


def error_class(outcome: Outcome) -> type[VendorError]:
    """Return the class of error for an outcome; `accepted` has none and raises KeyError."""
    return _NEXT_MOVE[outcome]
