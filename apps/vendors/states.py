"""What an account is doing: a word, why, and what a person can do about it."""

from dataclasses import dataclass
from datetime import datetime

from .models import VendorAccount

_Pause = VendorAccount.Pause
_NEXT_STEPS = {
    _Pause.KEY_REFUSED: "Put a working key into the environment, restart, check the account, then resume it.",
    _Pause.STOPPED_BEFORE_API: "Something before the API refused the calls: check address and network, then resume.",
    _Pause.CERTIFICATE: "Its certificate cannot be trusted: check address and network, then resume.",
    _Pause.WRONG_ADDRESS: "Correct host and site in the environment, restart, check the account, then resume it.",
    _Pause.BY_HAND: "Resume it once the reason is gone.",
}


@dataclass(frozen=True)
class State:
    """``tone`` is a chip's: idle, busy, good, warn or bad. ``since`` and ``by`` are known of pauses only."""

    word: str
    tone: str
    why: str = ""
    next_step: str = ""
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""


def state_of(account: VendorAccount, *, at: datetime) -> State:
    """Judge a row; needs ``paused_by`` loaded."""
    if account.is_paused:
        return _paused(account)
    if not account.is_active:
        return State("Not in the environment", "idle", "It takes no new work; its history stays.")
    if account.wait_until and account.wait_until > at:
        return State("Busy", "busy", "The vendor asked to wait. It goes on by itself.", until=account.wait_until)
    return State("Working", "good")


def _paused(account: VendorAccount) -> State:
    by = account.paused_by.get_username() if account.paused_by else "the console"
    next_step = _NEXT_STEPS[_Pause(account.pause_code)]
    return State("Paused", "bad", account.get_pause_code_display(), next_step, since=account.paused_at, by=by)
