"""What a person has to do before an erasure can go on; its forecast counts as if that was done now."""

from enum import StrEnum

from .attention import Attention
from .states import BEFORE_APPROVAL, SENDABLE_ERASURE, TicketStatus


class Hurdle(StrEnum):
    NONE = ""
    ACCOUNT_GONE = "account_gone"
    IDENTITY = "identity"
    APPROVAL = "approval"
    HOLD = "hold"
    ATTENTION = "attention"
    CHOICE = "choice"
    PAUSED = "paused"


CONDITIONS = {
    Hurdle.ACCOUNT_GONE: "if its account were back now",
    Hurdle.IDENTITY: "if verified and approved now",
    Hurdle.APPROVAL: "if approved now",
    Hurdle.HOLD: "if released now",
    Hurdle.ATTENTION: "if a person settles it now",
    Hurdle.CHOICE: "if the profiles are chosen now",
    Hurdle.PAUSED: "if the account is resumed now",
}
# What is unsent and stays so, whatever the forecast would say: staff erased it by hand.
NEVER_SENT = frozenset({Attention.AWAITS_SECOND_PERSON})


def hurdle_of_ticket(status: str, *, on_hold: bool) -> Hurdle:
    if status in BEFORE_APPROVAL:
        return Hurdle.IDENTITY if status == TicketStatus.AWAITING_IDENTITY else Hurdle.APPROVAL
    return Hurdle.HOLD if on_hold else Hurdle.NONE


def hurdle_of_erasure(status: str, attention: str, *, choice_is_open: bool) -> Hurdle:
    if attention:
        return Hurdle.ATTENTION
    return Hurdle.CHOICE if choice_is_open and status in SENDABLE_ERASURE else Hurdle.NONE


def hurdle_of_account(*, is_active: bool, is_paused: bool) -> Hurdle:
    if not is_active:
        return Hurdle.ACCOUNT_GONE
    return Hurdle.PAUSED if is_paused else Hurdle.NONE
