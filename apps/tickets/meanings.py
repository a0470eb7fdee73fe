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


def meaning_of(vendor: str, outcome: str, http_status: int | None, *, html: bool = False) -> Meaning:
    """Say an answer in the words of its vendor; an attempt that nobody saw answered has no outcome."""
    code = str(http_status) if http_status else NO_CODE
    if not outcome:
        return Meaning(code, "No answer was seen: the worker died while it waited.", "warn")
    known = Outcome(outcome)
    text = client_class(vendor).meaning(known, http_status, html=html) if vendor in CLIENTS else known.value
    return Meaning(code, text, _TONES.get(known, "bad"))
