"""Four axes, never one flat status: the words of tickets and erasures, and which may follow which."""

from collections.abc import Iterable

from django.db.models import TextChoices


class TicketStatus(TextChoices):
    AWAITING_IDENTITY = "awaiting_identity", "Waiting for identity"
    PENDING_APPROVAL = "pending_approval", "Needs approval"
    APPROVED = "approved", "Approved"
    IN_PROGRESS = "in_progress", "At the vendors"
    AWAITING_READBACK = "awaiting_readback", "Checking the vendors"
    COMPLETED = "completed", "Completed"
    DENIED = "denied", "Denied"
    CANCELLED = "cancelled", "Cancelled"
    DUPLICATE = "duplicate", "Duplicate"


class ErasureStatus(TextChoices):
    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Sending"
    ACCEPTED = "accepted", "Accepted, not yet proof"
    NOT_FOUND = "not_found", "Not found"
    REJECTED = "rejected", "Rejected"
    RETRY_WAIT = "retry_wait", "Will try again"
    OUTCOME_UNKNOWN = "outcome_unknown", "Outcome unknown"
    VERIFIED_ABSENT = "verified_absent", "Verified absent"
    STILL_PRESENT = "still_present", "Still present"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    EXEMPT = "exempt", "Exempt"
    MANUAL = "manual", "Erased by hand"
    STOPPED = "stopped", "Stopped"


class Resolution(TextChoices):
    ERASED_VERIFIED = "erased_verified", "Erased, verified"
    ACCEPTED_UNVERIFIED = "accepted_unverified", "Accepted, not verified"
    ERASED_BY_HAND = "erased_by_hand", "Erased by hand"
    PARTLY_ERASED = "partly_erased", "Partly erased"
    NOT_ERASED = "not_erased", "Not erased"
    NOT_FOUND = "not_found", "Nothing held"
    EXEMPT = "exempt", "Exempt"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"
    OPENED_IN_ERROR = "opened_in_error", "Opened in error"
    DUPLICATE = "duplicate", "Duplicate"


class DenialCode(TextChoices):
    SUSPECTED_FRAUD = "suspected_fraud", "Suspected fraud"
    INSUF_VERIFICATION = "insuf_verification", "Identity not verified"
    CLAIM_NOT_COVERED = "claim_not_covered", "Claim not covered by the law"
    OUTSIDE_JURISDICTION = "outside_jurisdiction", "Outside the jurisdiction"
    MANIFESTLY_UNFOUNDED = "manifestly_unfounded_or_excessive", "Manifestly unfounded or excessive"
    LEGAL_OBLIGATION = "legal_obligation", "Legal obligation to keep the data"
    LEGAL_CLAIMS = "legal_claims", "Needed for legal claims"
    FREE_EXPRESSION = "free_expression", "Freedom of expression and information"
    PUBLIC_INTEREST = "public_interest", "Public interest"
    CCPA_EXCEPTION = "ccpa_exception", "Exception of the CCPA"
    OTHER = "other", "Other"


class Doubt(TextChoices):
    """What only a look can settle before anything else is sent for an erasure."""

    NONE = "", "None"
    UNCLEAR = "unclear", "The last request may have arrived"
    SAID_ABSENT = "said_absent", "The vendor says it does not know the person"
    UNSURE_ABSENT = "unsure_absent", "The vendor answered 404, which may also be a conflict"


class Choice(TextChoices):
    """Whose the profiles are that share an address, where they carry different customer ids."""

    NONE = "", "Not chosen"
    ALL = "all", "All of them belong to this person"
    TICKED = "ticked", "Only the ticked ones belong to this person"


class Spelling(TextChoices):
    TYPED = "typed", "As typed"
    LOWERCASE = "lowercase", "In lower case"


_T = TicketStatus
BEFORE_APPROVAL = frozenset({_T.AWAITING_IDENTITY, _T.PENDING_APPROVAL})
BEFORE_ANY_SEND = BEFORE_APPROVAL | {_T.APPROVED}
AT_THE_VENDORS = frozenset({_T.IN_PROGRESS, _T.AWAITING_READBACK})
SENDABLE = AT_THE_VENDORS | {_T.APPROVED}
CLOSED = frozenset({_T.COMPLETED, _T.DENIED, _T.CANCELLED, _T.DUPLICATE})
CALLED_OFF = CLOSED - {_T.COMPLETED}

SOURCES: dict[str, frozenset[str]] = {
    _T.AWAITING_IDENTITY: frozenset({_T.DUPLICATE}),
    _T.PENDING_APPROVAL: frozenset({_T.AWAITING_IDENTITY, _T.APPROVED, _T.DUPLICATE}),
    _T.APPROVED: frozenset({_T.PENDING_APPROVAL}),
    _T.IN_PROGRESS: frozenset({_T.APPROVED, _T.AWAITING_READBACK}),
    _T.AWAITING_READBACK: frozenset({_T.IN_PROGRESS}),
    _T.COMPLETED: frozenset({_T.APPROVED, _T.IN_PROGRESS, _T.AWAITING_READBACK}),
    _T.DENIED: BEFORE_APPROVAL,
    _T.CANCELLED: BEFORE_ANY_SEND,
    _T.DUPLICATE: BEFORE_APPROVAL,
}

_E = ErasureStatus
CLOSES_AT_ONCE = frozenset(
    {_E.NOT_FOUND, _E.VERIFIED_ABSENT, _E.NOT_APPLICABLE, _E.EXEMPT, _E.MANUAL, _E.STOPPED},
)
SENDABLE_ERASURE = frozenset({_E.QUEUED, _E.RETRY_WAIT})
_ERASED = frozenset({_E.VERIFIED_ABSENT, _E.ACCEPTED, _E.MANUAL})
_FAILED = frozenset({_E.REJECTED, _E.STILL_PRESENT, _E.OUTCOME_UNKNOWN, _E.RETRY_WAIT, _E.STOPPED})


def resolution_of(statuses: Iterable[str]) -> Resolution:
    """Say how a ticket ended from the final status of its erasures; the first rule that fits decides."""
    found = set(statuses) - {_E.NOT_APPLICABLE}
    erased, failed = found & _ERASED, found & _FAILED
    rules = (
        (found == {_E.EXEMPT}, Resolution.EXEMPT),
        (not erased and failed, Resolution.NOT_ERASED),
        (erased and (failed or _E.EXEMPT in found), Resolution.PARTLY_ERASED),
        (_E.ACCEPTED in found, Resolution.ACCEPTED_UNVERIFIED),
        (not erased, Resolution.NOT_FOUND),
        (erased == {_E.MANUAL}, Resolution.ERASED_BY_HAND),
    )
    return next((resolution for fits, resolution in rules if fits), Resolution.ERASED_VERIFIED)


def progress_of(current: str, open_statuses: Iterable[str]) -> str:
    """Return the status a sendable ticket should have, given its open erasures; ``current`` where nothing changes."""
    still_open = set(open_statuses)
    if not still_open:
        return _T.COMPLETED
    if current == _T.APPROVED:
        return current
    return _T.AWAITING_READBACK if still_open == {_E.ACCEPTED} else _T.IN_PROGRESS
