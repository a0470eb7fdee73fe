"""What an answer means, in plain words: the same number means different things at different vendors."""

from dataclasses import dataclass

from apps.vendors.clients.errors import Outcome
from apps.vendors.registry import CLIENTS, client_class

_TONES = {
    Outcome.ACCEPTED: "busy",
    Outcome.ABSENT: "good",
    Outcome.ABSENT_UNSURE: "busy",
    Outcome.BUSY: "busy",
    Outcome.UNREACHED: "warn",
    Outcome.MAYBE_ARRIVED: "warn",
    Outcome.UNKNOWN: "warn",
    Outcome.HTML_SUCCESS: "warn",
}
_LOOK_FAILED = {
    Outcome.BUSY: "the vendor is busy",
    Outcome.UNREACHED: "no connection came about",
    Outcome.KEY_REFUSED: "the key was refused",
    Outcome.TLS_FAILED: "the certificate cannot be trusted",
    Outcome.REDIRECTED: "the vendor pointed to another address, so this account's may be wrong",
    Outcome.WRONG_ADDRESS: "nothing of this kind is there, so the account's address may be wrong",
    Outcome.MAYBE_ARRIVED: "the vendor failed at it, or took too long",
    Outcome.HTML_SUCCESS: "a web page came instead of an answer",
    Outcome.REJECTED: "the vendor refused to search",
}
NO_CODE = "–"


@dataclass(frozen=True)
class Meaning:
    """A code as a pill, and what it says."""

    code: str
    text: str
    tone: str


def vendor_label(vendor: str) -> str:
    """Return the name people use; a vendor that a later release dropped keeps its own."""
    return CLIENTS[vendor].label if vendor in CLIENTS else vendor.capitalize()


def why_look_failed(outcome: str, http_status: int | None) -> str:
    """Say the code and the cause of a look without a usable answer: "HTTP 500, the vendor failed at it"."""
    cause = _LOOK_FAILED.get(Outcome(outcome), "the answer could not be read")
    return f"HTTP {http_status}: {cause}" if http_status else f"No answer: {cause}"


def meaning_of(vendor: str, outcome: str, http_status: int | None, *, html: bool = False) -> Meaning:
    """Say an answer in the words of its vendor; an attempt that nobody saw answered has no outcome."""
    code = str(http_status) if http_status else NO_CODE
    if not outcome:
        return Meaning(code, "No answer was seen: the worker died while it waited.", "warn")
    known = Outcome(outcome)
    text = client_class(vendor).meaning(known, http_status, html=html) if vendor in CLIENTS else known.value
    return Meaning(code, text, _TONES.get(known, "bad"))
