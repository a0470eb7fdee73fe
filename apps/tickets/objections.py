"""Why an act on a ticket or an erasure does not fit its state now: one sentence, or nothing.

Pages ask before they offer a button, services ask once more before they act: one rule, one place.
"""

from .arrivals import may_have_arrived
from .attention import Attention
from .models import DeletionTicket, Erasure
from .sharing import is_choice_open
from .states import AT_THE_VENDORS, CLOSED, SENDABLE_ERASURE, ErasureStatus, TicketStatus

_E = ErasureStatus
RENEWABLE = frozenset({Attention.APPROVAL_EXPIRED, Attention.APPROVER_GONE})
RESENT_BY_APPROVERS = frozenset({_E.OUTCOME_UNKNOWN, _E.STILL_PRESENT})
_ANSWERED_BY_RETRY = frozenset(
    {
        "",
        Attention.OUT_OF_TRIES,
        Attention.UNSETTLED,
        Attention.STILL_PRESENT,
        Attention.CRASHED_TWICE,
    }
)
LOOKED_AT_AGAIN = frozenset({Attention.NO_SNAPSHOT, Attention.CRASHED_TWICE})
_NO_FINAL_ANSWER = RESENT_BY_APPROVERS | {_E.RETRY_WAIT}
_ON_ITS_WAY = "A request for this erasure is on its way: wait for the answer."
_CLOSED = "This erasure is closed."


def to_second_person(ticket: DeletionTicket, person_id: int) -> str:
    """Hold the four eyes: nobody approves what they opened or whose identity they verified, superusers included."""
    if ticket.opened_by_id == person_id:
        return "was opened by you: a second person has to approve it"
    if ticket.identity_verified_by_id == person_id:
        return "had its identity verified by you: another person has to approve it"
    return ""


def to_look(ticket: DeletionTicket) -> str:
    if ticket.status in CLOSED:
        return "This ticket is closed: what was found stays as it is."
    if ticket.status == TicketStatus.AWAITING_IDENTITY:
        return "Nothing is looked up before the identity is known."
    return ""


def to_retry(erasure: Erasure) -> str:
    """A first look may be asked for again; else only what has no final answer and waits for nobody's decision."""
    if erasure.status == _E.QUEUED and erasure.attention in LOOKED_AT_AGAIN:
        return to_any_act(erasure)
    fits = erasure.status in _NO_FINAL_ANSWER and erasure.attention in _ANSWERED_BY_RETRY
    return to_any_act(erasure) or ("" if fits else "Only an erasure without a final answer can be tried again.")


def to_close(ticket: DeletionTicket, erasure: Erasure) -> str:
    if ticket.approved_by_id is None:
        return "Nothing was approved here yet: deny or cancel the ticket instead."
    return to_any_act(erasure) or ("" if is_stuck(erasure) else "This erasure goes on by itself.")


def to_exempt(erasure: Erasure) -> str:
    """An exemption must not cover up a request that may have arrived."""
    told = "A request may have arrived already: this is no exemption."
    return to_any_act(erasure) or (told if may_have_arrived(erasure) else "")


def to_record_by_hand(ticket: DeletionTicket, erasure: Erasure) -> str:
    if erasure.attention == Attention.AWAITS_SECOND_PERSON:
        return "Somebody has recorded this already."
    return to_close(ticket, erasure)


def to_confirm_by_hand(erasure: Erasure, person_id: int) -> str:
    if erasure.attention != Attention.AWAITS_SECOND_PERSON:
        return "Nobody has recorded that this was erased by hand."
    if erasure.manual_by_id == person_id:
        return "You recorded this evidence: a second person has to confirm it."
    return to_any_act(erasure)


def to_waive(erasure: Erasure) -> str:
    waits = is_to_be_sent(erasure) and not erasure.before_id and not erasure.waiver
    return to_any_act(erasure) or ("" if waits else "This erasure does not wait for a snapshot.")


def to_confirm_snapshot(ticket: DeletionTicket, erasure: Erasure, person_id: int) -> str:
    if erasure.attention != Attention.CHANGED_SINCE_APPROVAL:
        return "Nothing has changed since approval."
    if is_choice_open(erasure):
        return "The profiles carry different customer ids: choose first whose are erased."
    objection = to_second_person(ticket, person_id)
    return f"This ticket {objection}." if objection else to_any_act(erasure)


def to_choose(ticket: DeletionTicket, erasure: Erasure, person_id: int) -> str:
    """A choice is made again until the ticket is approved, and once more where a later look asks for it."""
    if erasure.before is None or erasure.before.owners < 2:
        return "These profiles do not carry different customer ids: there is nothing to choose."
    if ticket.status != TicketStatus.PENDING_APPROVAL and not is_choice_open(erasure):
        return "The choice was approved with the ticket, so it stays as it is."
    if not is_to_be_sent(erasure) or erasure.leased_until:
        return "This vendor is being asked right now. Load the page again."
    objection = to_second_person(ticket, person_id)
    return f"This ticket {objection}." if objection else ""


def to_correct(erasure: Erasure) -> str:
    fits = erasure.status == _E.REJECTED and erasure.attention != Attention.CORRECTED
    return to_any_act(erasure) or ("" if fits else "Only a rejected erasure is corrected.")


def to_any_act(erasure: Erasure) -> str:
    if not erasure.is_open:
        return _CLOSED
    return _ON_ITS_WAY if erasure.status == _E.SENDING else ""


def is_to_be_sent(erasure: Erasure) -> bool:
    """Tell whether a request is still to leave; an earlier one may have arrived, unlike with unsubscribes.is_unsent."""
    return erasure.is_open and erasure.status in SENDABLE_ERASURE


def is_stuck(erasure: Erasure) -> bool:
    """Tell whether nothing more happens here unless a person acts."""
    waits_for_nothing = erasure.not_before is None and erasure.leased_until is None
    return bool(erasure.attention) or erasure.status in {_E.REJECTED, _E.STILL_PRESENT} or waits_for_nothing


def can_be_stopped(ticket: DeletionTicket, erasure: Erasure) -> bool:
    """Tell whether an erasure can be called off: never sent, surely without effect, or out of anybody's reach."""
    if ticket.status not in AT_THE_VENDORS or erasure.leased_until:
        return False
    out_of_reach = erasure.is_open and erasure.attention == Attention.ACCOUNT_GONE
    return out_of_reach or (is_to_be_sent(erasure) and not erasure.doubt)
