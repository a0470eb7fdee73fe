"""Why nobody has seen yet what a vendor holds: looks that brought no usable answer, in words."""

from datetime import datetime

from apps.tickets.attention import Attention
from apps.tickets.meanings import why_look_failed
from apps.tickets.models import Erasure
from apps.tickets.moments import clock, count

from .profiles import options_of


def why_unseen(erasure: Erasure, now: datetime) -> str:
    """Say why no look has succeeded so far, which try it was, and when the next one comes; needs ``account`` loaded."""
    if not erasure.look_outcome:
        return ""
    why, tries = why_look_failed(erasure.look_outcome, erasure.look_http_status), options_of(erasure).tries
    if erasure.attention == Attention.NO_SNAPSHOT:
        return f"{why}. All of {count(tries, 'try', 'tries')} failed."
    counted = f"{erasure.look_tries} of {tries} tries failed" if erasure.look_tries else "no try is used up"
    return f"{why}; {counted}. {_next_look(erasure, now)}"


def _next_look(erasure: Erasure, now: datetime) -> str:
    if erasure.account.is_paused:
        return "The next look follows once the account is resumed."
    next_at = max((moment for moment in (erasure.not_before, erasure.account.rests_until) if moment), default=now)
    return (
        f"Next look at {clock(next_at, now)}."
        if next_at > now
        else "The next look follows as soon as a worker is free."
    )
