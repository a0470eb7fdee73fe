"""What an answer or a look does to an erasure: the table of the design as pure rules, without a database or a clock."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from apps.vendors.clients.errors import Outcome

from .attention import Attention
from .states import SENDABLE_ERASURE, Doubt, ErasureStatus

NOW = timedelta(0)
MOST_ROUNDS = 10  # requests for what one deletion leaves over, because the vendor takes only so many profiles at once


@dataclass(frozen=True)
class Situation:
    """What is known of an erasure when an answer or a look comes in.

    ``held``: the before snapshot found the person; None where there was no look. ``tries``: tries used so far.
    ``attempts``: requests committed so far. ``may_have_worked``: an earlier one may have arrived. ``window``: index of
    the next read-back window. ``round``: which request for the same profiles this is. ``progressed``: fewer of them are
    left than at the last look. ``more``: a profile chosen by itself waits for its own request. ``pending``: a profile
    whose request was accepted earlier is still there. ``unshown``: records under the address that no approver has seen;
    ``missed``: one of them is older than the first request, so that it did not come back, but was there all along.
    """

    status: str
    can_look: bool
    held: bool | None
    may_have_worked: bool
    tries: int
    attempts: int
    doubt: str
    window: int
    round: int = 1
    progressed: bool = False
    more: bool = False
    pending: bool = False
    unshown: bool = False
    missed: bool = False


@dataclass(frozen=True)
class Policy:
    """The account's patience: ``backoff(k)`` is the delay before try k, with jitter."""

    tries: int
    verify_after: tuple[timedelta, ...]
    backoff: Callable[[int], timedelta]


@dataclass(frozen=True)
class Move:
    """Where the erasure goes. ``wait`` None: nothing is due by itself. ``is_try``: counts against ``tries``.

    ``next_round`` and ``next_target`` go on to a request of its own: a step forward and no try, so tries begin anew.
    """

    status: str
    wait: timedelta | None = None
    doubt: str = Doubt.NONE
    attention: str = ""
    is_try: bool = False
    closes: bool = False
    window: int = 0
    next_round: bool = False
    next_target: bool = False


def after_answer(outcome: Outcome, now: Situation, policy: Policy) -> Move:
    """Return the move for one answer to a deletion request."""
    return _ANSWERS[outcome](now, policy)


def after_look(present: bool, now: Situation, policy: Policy) -> Move:
    """Return the move for a usable look that came after a request was sent.

    Whom no approver has seen is shown first: before a further request would take them, and where everybody who was
    seen is gone, while they were there all along.
    """
    move = _after_look(present, now, policy)
    if now.unshown and move.status in SENDABLE_ERASURE and not move.attention:
        return replace(move, wait=None, attention=Attention.CHANGED_SINCE_APPROVAL)
    if now.missed and move.status == ErasureStatus.VERIFIED_ABSENT:
        return _show_the_missed(now)
    return move


def _after_look(present: bool, now: Situation, policy: Policy) -> Move:
    if now.doubt:
        return _settle_doubt(present, now, policy)
    if not present:
        return _absent(now)
    if now.progressed and now.round < MOST_ROUNDS:
        return Move(ErasureStatus.RETRY_WAIT, wait=NOW, next_round=True)
    return _next_window(now, policy, Move(ErasureStatus.STILL_PRESENT, attention=Attention.STILL_PRESENT))


def after_useless_look(now: Situation, policy: Policy) -> Move:
    """Return the move when looks gave no usable answer, though they were repeated as often as the account allows."""
    if now.status == ErasureStatus.ACCEPTED:
        return _next_window(now, policy, Move(ErasureStatus.ACCEPTED, closes=True))
    given_up = Move(now.status, doubt=now.doubt, attention=Attention.UNSETTLED)
    return _next_window(now, policy, given_up)


def after_crash(now: Situation, policy: Policy, *, crashes: int) -> Move:
    """Return the move when a worker died between sending and recording: unknown, looked at before anything else."""
    if crashes > 1:
        doubt = Doubt.UNCLEAR if now.can_look else Doubt.NONE
        return Move(ErasureStatus.OUTCOME_UNKNOWN, doubt=doubt, attention=Attention.CRASHED_TWICE, is_try=True)
    return _unknown(now, policy)


def _accepted(now: Situation, policy: Policy) -> Move:
    if now.more:
        return Move(ErasureStatus.RETRY_WAIT, wait=NOW, next_target=True)
    if not now.can_look:
        return Move(ErasureStatus.ACCEPTED, closes=True, is_try=True)
    return Move(ErasureStatus.ACCEPTED, wait=policy.verify_after[0], is_try=True)


def _absent_answer(now: Situation, policy: Policy) -> Move:
    """Take Bento's 404 at its word, unless the person was there before or an earlier try may have worked."""
    if not (now.held or now.may_have_worked):
        return Move(ErasureStatus.NOT_FOUND, closes=True, is_try=True)
    if not now.can_look:
        return _unknown(now, policy)
    return Move(ErasureStatus.RETRY_WAIT, wait=NOW, doubt=Doubt.SAID_ABSENT, is_try=True)


def _unsure_absent(now: Situation, policy: Policy) -> Move:
    """Blueshift's 404 may also be a conflict: a look decides, and without a look it is taken at its word."""
    if not now.can_look:
        return Move(ErasureStatus.NOT_FOUND, closes=True, is_try=True)
    return Move(ErasureStatus.RETRY_WAIT, wait=NOW, doubt=Doubt.UNSURE_ABSENT, is_try=True)


def _rejected(now: Situation, policy: Policy) -> Move:
    return Move(ErasureStatus.REJECTED, attention=Attention.REJECTED, is_try=True)


def _key_refused(now: Situation, policy: Policy) -> Move:
    return Move(ErasureStatus.QUEUED, wait=NOW, doubt=now.doubt)


def _nothing_happened(now: Situation, policy: Policy) -> Move:
    """Wait longer each time, whatever the tries: requests that never left would fill the history by the minute."""
    return Move(ErasureStatus.RETRY_WAIT, wait=policy.backoff(now.attempts), doubt=now.doubt)


def _maybe_arrived(now: Situation, policy: Policy) -> Move:
    """Leave it to the look that follows to end the tries: the last request may be the one that worked."""
    return replace(_try_again(now, policy), attention="") if now.can_look else _unknown(now, policy)


def _try_again(now: Situation, policy: Policy) -> Move:
    """Ask an approver where no look can tell: who answers in the vendor's place does not say what became of it."""
    return _another_try(now, policy, doubt=Doubt.UNCLEAR) if now.can_look else _unknown(now, policy)


def _tls_failed(now: Situation, policy: Policy) -> Move:
    """Count it as a try, since only a person can put an address right; but nothing left, so nothing is in doubt."""
    return _another_try(now, policy, doubt=now.doubt)


def _another_try(now: Situation, policy: Policy, *, doubt: str) -> Move:
    tries = now.tries + 1
    attention = Attention.OUT_OF_TRIES if tries >= policy.tries else ""
    return Move(ErasureStatus.RETRY_WAIT, wait=policy.backoff(tries), doubt=doubt, attention=attention, is_try=True)


def _unknown(now: Situation, policy: Policy) -> Move:
    if not now.can_look:
        return Move(ErasureStatus.OUTCOME_UNKNOWN, attention=Attention.UNSETTLED, is_try=True)
    return Move(ErasureStatus.OUTCOME_UNKNOWN, wait=policy.verify_after[0], doubt=Doubt.UNCLEAR, is_try=True)


_ANSWERS: dict[Outcome, Callable[[Situation, Policy], Move]] = {
    Outcome.ACCEPTED: _accepted,
    Outcome.ABSENT: _absent_answer,
    Outcome.ABSENT_UNSURE: _unsure_absent,
    Outcome.REJECTED: _rejected,
    Outcome.KEY_REFUSED: _key_refused,
    Outcome.BUSY: _nothing_happened,
    Outcome.UNREACHED: _nothing_happened,
    Outcome.MAYBE_ARRIVED: _maybe_arrived,
    Outcome.UNKNOWN: _unknown,
    Outcome.HTML_SUCCESS: _unknown,
    Outcome.TLS_FAILED: _tls_failed,
    Outcome.REDIRECTED: _try_again,
    Outcome.WRONG_ADDRESS: _try_again,
}


def _show_the_missed(now: Situation) -> Move:
    if now.round >= MOST_ROUNDS:
        return Move(ErasureStatus.STILL_PRESENT, attention=Attention.STILL_PRESENT)
    return Move(ErasureStatus.RETRY_WAIT, attention=Attention.CHANGED_SINCE_APPROVAL, next_round=True)


def _settle_doubt(present: bool, now: Situation, policy: Policy) -> Move:
    if not present:
        return _go_on_with_others(now, policy) or _absent_in_doubt(now, policy)
    if now.doubt == Doubt.SAID_ABSENT:
        return Move(ErasureStatus.REJECTED, attention=Attention.PRESENT_BUT_REFUSED)
    return _send_again(now, policy, wait=policy.backoff(now.tries) if now.doubt == Doubt.UNSURE_ABSENT else NOW)


def _go_on_with_others(now: Situation, policy: Policy) -> Move | None:
    """Of profiles chosen one by one, the doubtful one is gone: ask for the next, or wait for those asked for before."""
    if now.more:
        return Move(ErasureStatus.RETRY_WAIT, wait=NOW, next_target=True)
    return Move(ErasureStatus.ACCEPTED, wait=policy.verify_after[0]) if now.pending else None


def _send_again(now: Situation, policy: Policy, *, wait: timedelta) -> Move:
    if now.tries >= policy.tries:
        return Move(ErasureStatus.RETRY_WAIT, attention=Attention.OUT_OF_TRIES)
    return Move(ErasureStatus.RETRY_WAIT, wait=wait)


def _absent_in_doubt(now: Situation, policy: Policy) -> Move:
    """An earlier look that found nobody makes "gone" worthless as proof; a 5xx on it is simply tried again."""
    if now.held is False and now.doubt == Doubt.UNCLEAR and now.status == ErasureStatus.RETRY_WAIT:
        return _send_again(now, policy, wait=NOW)
    if now.doubt == Doubt.UNSURE_ABSENT and not (now.held or now.may_have_worked):
        return Move(ErasureStatus.NOT_FOUND, closes=True)
    return _absent(now)


def _absent(now: Situation) -> Move:
    """Nobody held before and nobody now is "never held", whatever the vendor answered in between."""
    if now.held is False:
        return Move(ErasureStatus.NOT_FOUND, closes=True)
    return Move(ErasureStatus.VERIFIED_ABSENT, closes=True)


def _next_window(now: Situation, policy: Policy, after_the_last: Move) -> Move:
    window = now.window + 1
    if window >= len(policy.verify_after):
        return after_the_last
    wait = policy.verify_after[window] - policy.verify_after[now.window]
    return Move(now.status, wait=wait, doubt=now.doubt, window=window)
