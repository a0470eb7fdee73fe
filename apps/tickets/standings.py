"""Where an erasure stands, in words: a state is always a word, and its tone only helps the eye."""

from dataclasses import dataclass, replace

from .attention import Attention
from .models import Erasure
from .moments import count
from .remains import Remains, remains
from .states import SENDABLE_ERASURE, ErasureStatus, Resolution, TicketStatus

_E, _T, _R = ErasureStatus, TicketStatus, Resolution
_PATIENT = frozenset({Attention.AWAITS_SECOND_PERSON, Attention.CORRECTED, Attention.APPROVAL_EXPIRED})


@dataclass(frozen=True)
class Standing:
    word: str
    tone: str
    sentence: str = ""


_STANDINGS = {
    _E.QUEUED: Standing("waiting", "idle", "Nothing has reached the vendor yet."),
    _E.SENDING: Standing("sending", "busy", "A request is on its way."),
    _E.ACCEPTED: Standing("accepted", "busy", "Accepted is not erased: a look afterwards has to prove it."),
    _E.NOT_FOUND: Standing("not found", "good", "Nobody is held under this identifier."),
    _E.REJECTED: Standing("rejected", "bad", "The vendor refused the request, so nothing was erased here."),
    _E.RETRY_WAIT: Standing("tries again", "busy", "No final answer yet."),
    _E.OUTCOME_UNKNOWN: Standing("unknown", "warn", "A request left, and nobody knows yet what it did."),
    _E.VERIFIED_ABSENT: Standing("verified absent", "good", "A look after the request found nobody."),
    _E.STILL_PRESENT: Standing("still present", "bad", "The last check still found the person."),
    _E.NOT_APPLICABLE: Standing("not applicable", "idle", "This account cannot erase by this kind of identifier."),
    _E.EXEMPT: Standing("exempt", "idle", "A ground for keeping the data applies here."),
    _E.MANUAL: Standing("erased by hand", "good", "Erased by hand; a second person confirmed the evidence."),
    _E.STOPPED: Standing("stopped", "idle", "Called off before anything was sent."),
}

_GOES_ON = Standing("goes on", "busy", "The request before was accepted; the next one is for what it leaves over.")
_OUT_OF_TRIES = Standing("out of tries", "bad", "Every try was used, and none brought a final answer.")
_ASKS = Standing("waits for a person", "bad", "Nothing is sent again before somebody has decided.")
_NEVER_SENT = Standing("not sent", "idle", "The ticket was closed before a deletion was sent.")

TICKET_TONES = {
    _T.AWAITING_IDENTITY: "idle",
    _T.PENDING_APPROVAL: "warn",
    _T.APPROVED: "busy",
    _T.IN_PROGRESS: "busy",
    _T.AWAITING_READBACK: "busy",
}
RESOLUTION_TONES = {
    _R.ERASED_VERIFIED: "good",
    _R.ERASED_BY_HAND: "good",
    _R.NOT_FOUND: "good",
    _R.ACCEPTED_UNVERIFIED: "warn",
    _R.PARTLY_ERASED: "warn",
    _R.NOT_ERASED: "bad",
}


def ticket_standing(status: str, resolution: str) -> Standing:
    """Return the state of a ticket; a completed one is told by how it ended."""
    if status == _T.COMPLETED:
        return Standing(str(_R(resolution).label), RESOLUTION_TONES.get(resolution, "idle"))
    return Standing(str(_T(status).label), TICKET_TONES.get(status, "idle"))


def erasure_standing(erasure: Erasure, *, ticket_closed: bool) -> Standing:
    """Return word, tone and sentence of an erasure; what waits for a person is red, or amber where it only waits."""
    plain = _STANDINGS[erasure.status]
    if ticket_closed and erasure.is_open:
        return _NEVER_SENT
    if erasure.attention:
        return _needs_a_person(erasure, plain)
    if erasure.is_open:
        between = erasure.is_partly_done and erasure.status in SENDABLE_ERASURE and not erasure.doubt
        return _GOES_ON if between else plain
    return _ACCOUNTS_OF_THE_END.get(erasure.status, lambda _: plain)(erasure)


def _needs_a_person(erasure: Erasure, plain: Standing) -> Standing:
    """Promise no further try where a person comes first."""
    tone = "warn" if erasure.attention in _PATIENT else "bad"
    if erasure.status == _E.RETRY_WAIT:
        plain = _OUT_OF_TRIES if erasure.attention == Attention.OUT_OF_TRIES else _ASKS
    return replace(plain, tone=tone)


def _accepted(erasure: Erasure) -> Standing:
    if erasure.waiver == "no_lookup":
        return Standing("unverified", "warn", "Accepted. This identifier cannot be looked up: nothing proves it.")
    return Standing("unverified", "warn", "Accepted. No look gave a usable answer, so nothing proves it.")


def _not_found(erasure: Erasure) -> Standing:
    if erasure.before and not erasure.before.profiles and erasure.accepted_at:
        return Standing("never held", "good", "Nobody was found before the request, and nobody after it.")
    return _STANDINGS[_E.NOT_FOUND]


def _verified_absent(erasure: Erasure) -> Standing:
    """Bento clears a record and keeps its shell; another id under the same address is another person's start."""
    left = remains(erasure)
    if left.anew:
        sentence = "The person was erased, and somebody with the same address was seen again under another id."
        return Standing("seen again", "warn", sentence)
    sentences = [sentence for number, sentence in _what_remains(left) if number]
    return Standing("verified absent", "good", " ".join(sentences)) if sentences else _STANDINGS[_E.VERIFIED_ABSENT]


def _what_remains(left: Remains) -> tuple[tuple[int, str], ...]:
    return (
        (left.spared, f"The ticked profiles are gone; {count(left.spared, 'other profile')} left alone, as chosen."),
        (left.anonymized, "Only an anonymized record without personal fields remains."),
    )


def _unsettled(erasure: Erasure) -> Standing:
    return Standing("closed, unknown", "bad", "A request left, and nobody could find out what it did.")


_ACCOUNTS_OF_THE_END = {
    _E.ACCEPTED: _accepted,
    _E.NOT_FOUND: _not_found,
    _E.VERIFIED_ABSENT: _verified_absent,
    _E.OUTCOME_UNKNOWN: _unsettled,
}
