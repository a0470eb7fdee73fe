"""Record what a vendor answered, under the fence, and move the erasure where the table says."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from apps.audit.chain import Facts
from apps.audit.services import NOTHING, deed, record
from apps.privacy.failpoints import Failpoint, reach
from apps.privacy.vault import seal
from apps.tickets import verdicts
from apps.tickets.models import Attempt, Erasure
from apps.tickets.models.erasure import Waiver
from apps.tickets.states import ErasureStatus
from apps.vendors.accounts import Options
from apps.vendors.backoff import Spread, backoff
from apps.vendors.clients.answers import Receipt
from apps.vendors.clients.errors import Outcome, VendorError
from apps.vendors.services.heeding import hear, heed
from apps.vendors.services.quota import give_back_send

from . import doors
from .claiming import Step, Worker

LONGEST = 2**31 - 1  # milliseconds that the column holds
_MAY_HAVE_WORKED = (Outcome.ACCEPTED, Outcome.MAYBE_ARRIVED, Outcome.UNKNOWN, Outcome.HTML_SUCCESS)
_NEVER_LEFT = frozenset({Outcome.UNREACHED, Outcome.TLS_FAILED})


@deed()
def settle_answer(worker: Worker, step: Step, answer: Receipt | VendorError, *, at: datetime) -> None:
    """Close the attempt and move its erasure; a worker that lost its lease only leaves the answer on the attempt."""
    outcome = Outcome.ACCEPTED if isinstance(answer, Receipt) else answer.outcome
    situation = replace(situation_of(step.erasure), more=step.next_target is not None)
    if not _close_attempt(step, answer, outcome, at=at):
        return
    move = verdicts.after_answer(outcome, situation, policy_of(worker.account.options))
    changes = {"last_http_status": answer.http_status, "last_outcome": outcome, "target": _target_after(step, move)}
    if outcome is Outcome.ACCEPTED:
        changes["accepted_at"] = at
    if not apply_move(worker, step.erasure, move, expected=ErasureStatus.SENDING, at=at, **changes):
        record("attempt.answered_late", step.erasure.subject, by=worker.by, at=at, facts={"outcome": outcome.value})
    is_known = bool(situation.held and not situation.may_have_worked)
    heard = hear(answer, step.erasure.subject, began_at=step.began_at, is_send=True, is_known=is_known)
    heed(worker.row, worker.account.options, heard, by=worker.by, at=at)
    if outcome in _NEVER_LEFT:
        give_back_send(worker.row, sent_at=step.attempt.started_at)
    reach(Failpoint.RESULT_UNCOMMITTED)


def apply_move(
    worker: Worker,
    erasure: Erasure,
    move: verdicts.Move,
    *,
    expected: str,
    at: datetime,
    seen: Facts = NOTHING,
    **changes: object,
) -> bool:
    """Move the row this worker's lease still covers, record it and bring the ticket in line; False: lease lost.

    ``seen`` are facts of a look for the ledger.
    """
    changes = {**_changes(erasure, move, at), **changes}
    moved = doors.move_erasure(erasure, move.status, expected=expected, **changes)
    if moved:
        facts = {"attention": str(move.attention), "closed": move.closes, **_answer_facts(changes), **seen}
        record(_action(move), erasure.subject, by=worker.by, at=at, facts=facts)
        doors.follow_erasures(erasure.ticket_id, by=worker.by, at=at)
    return moved


def _changes(erasure: Erasure, move: verdicts.Move, at: datetime) -> dict[str, object]:
    """Return what a move does to the row; another round or profile begins with tries of its own."""
    return {
        "doubt": move.doubt,
        "attention": move.attention,
        "not_before": None if move.wait is None else at + move.wait,
        "closed_at": at if move.closes else None,
        "tries": 0 if move.next_round or move.next_target else erasure.tries + move.is_try,
        "round": erasure.round + move.next_round,
        "window": move.window,
        "look_tries": 0,
        **doors.LEASE_OVER,
        **doors.NOTHING_GATHERED,
    }


def _action(move: verdicts.Move) -> str:
    if move.next_round:
        return "erasure.next_round"
    return "erasure.next_profile" if move.next_target else f"erasure.{move.status}"


def situation_of(erasure: Erasure) -> verdicts.Situation:
    """Read what the rules need to know; ``erasure`` as it was when it was claimed.

    A round, and a profile asked for by itself, begins with the patience of a first request.
    """
    unsettled = erasure.attempts.filter(outcome__in=_MAY_HAVE_WORKED) | erasure.attempts.filter(
        outcome="", fence__lt=erasure.fence
    )
    return verdicts.Situation(
        status=erasure.status,
        can_look=erasure.waiver != Waiver.NO_LOOKUP,
        held=bool(erasure.before.profiles) if erasure.before else None,
        may_have_worked=unsettled.exists(),
        tries=erasure.tries,
        attempts=erasure.attempts.filter(Q(target=None) | Q(target=erasure.target), round=erasure.round).count(),
        doubt=erasure.doubt,
        window=erasure.window,
        round=erasure.round,
    )


def policy_of(options: Options, spread: Spread = random.uniform) -> verdicts.Policy:
    """Return the account's patience; the backoff doubles from ``retry_base`` with full jitter, up to an hour."""
    delay = partial(backoff, options.retry_base, spread=spread)
    return verdicts.Policy(tries=options.tries, verify_after=options.verify_after, backoff=delay)


def _target_after(step: Step, move: verdicts.Move) -> int:
    return (step.next_target if move.next_target else step.attempt.target) or 0


def _close_attempt(step: Step, answer: Receipt | VendorError, outcome: Outcome, *, at: datetime) -> bool:
    """Record the answer once; False where it was recorded before. What the sweep had ended keeps the sweep's moment."""
    attempt = step.attempt
    words = seal(step.erasure.ticket.key, answer.words, name=attempt.words_name) if answer.words else None
    recorded = Attempt.objects.filter(pk=attempt.pk, outcome="").update(
        answered_at=Coalesce("answered_at", Value(at)),
        milliseconds=_milliseconds(at - attempt.started_at),
        outcome=outcome,
        http_status=answer.http_status,
        is_html=getattr(answer, "html", False),
        request_id=answer.request_id[:200],
        words=words,
    )
    return bool(recorded)


def _milliseconds(took: timedelta) -> int:
    """Stay within the column: a clock that jumped by a month must not keep the answer from being written."""
    return min(max(0, round(took.total_seconds() * 1000)), LONGEST)


def _answer_facts(changes: dict[str, object]) -> dict[str, str | int | None]:
    if "last_outcome" not in changes:
        return {}
    return {"http_status": changes["last_http_status"], "outcome": str(changes["last_outcome"])}
