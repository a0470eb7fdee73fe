"""What an account is doing: a word, why, and what a person can do about it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from .models import VendorAccount

_Pause = VendorAccount.Pause
_NEXT_STEPS = {
    _Pause.KEY_REFUSED: "Put a working key into the environment, restart, check the account, then resume it.",
    _Pause.STOPPED_BEFORE_API: "Something before the API refused the calls: check address and network, then resume.",
    _Pause.CERTIFICATE: "Its certificate cannot be trusted: check address and network, then resume.",
    _Pause.WRONG_ADDRESS: "Correct host and site in the environment, restart, check the account, then resume it.",
    _Pause.PEOPLE_UNKNOWN: (
        "Right site uuid and key? Compare both with the vendor's settings, check the account, then resume it: whom it "
        "did not know is looked up and asked for again."
    ),
    _Pause.ROLLED_BACK: (
        "What was opened, approved or sent since that copy is missing here: compare with the vendor, reports and mail, "
        "then resume."
    ),
    _Pause.BY_HAND: "Resume it once the reason is gone.",
}


@dataclass(frozen=True)
class State:
    """``tone`` is a chip's: idle, busy, good, warn or bad. ``by`` is known of pauses only."""

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
        return State("Not in the environment", "idle", "It takes no new work; what was open waits for a person")
    if account.is_broken:
        return _broken(account, at)
    if not account.may_be_called(at):
        return State("Busy", "busy", "The vendor asked to wait. It goes on by itself", until=account.rests_until)
    if account.is_day_closed(at):
        why = "The vendor kept refusing deletions as too many, so its day counts as used up; looks go on"
        return State("Day closed", "warn", why, until=account.day_closed_until)
    return State("Working", "good")


def why_not_called(account: VendorAccount, *, at: datetime) -> str:
    """Say why nobody may call it now, as the rest of a sentence that begins with its name; "" where everybody may."""
    if account.may_be_called(at):
        return ""
    if account.is_paused:
        return f"is paused: {account.get_pause_code_display()}."
    if account.is_broken:
        return "does not answer as documented: one erasure at a time finds out whether it does again."
    return f"waits until {localtime(account.rests_until):%H:%M:%S}: the vendor was busy."


def _broken(account: VendorAccount, at: datetime) -> State:
    resting = account.rests_until and account.rests_until > at
    step = "One erasure at a time is tried; the others wait, and go on by themselves once it answers as documented."
    why = "Calls for different people failed one after the other"
    until = account.rests_until if resting else None
    return State("Not answering", "bad", why, step, since=account.broken_at, until=until)


def _paused(account: VendorAccount) -> State:
    by = account.paused_by.get_username() if account.paused_by else "the console"
    next_step = _NEXT_STEPS[_Pause(account.pause_code)]
    return State("Paused", "bad", account.get_pause_code_display(), next_step, since=account.paused_at, by=by)
