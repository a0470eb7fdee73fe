"""Whose profiles were to be erased, and which of them each request was for, as a reconstruction tells it."""

from collections.abc import Sequence
from datetime import datetime

from apps.audit.chain import moment
from apps.audit.models import AuditEvent
from apps.privacy.vault import VaultError
from apps.tickets.models import Attempt, Erasure
from apps.tickets.records import plain
from apps.tickets.selectors.identifiers import targets_of
from apps.tickets.selectors.reasons import opened
from apps.tickets.sharing import spared
from apps.tickets.states import Choice

CHOSEN = "erasure.profiles_chosen"
MADE_AGAIN = "The choice was made again, or forgotten, after this request: which profile it was for is no longer kept."
UNREADABLE = "The chosen profiles cannot be read any more."

Document = dict[str, object]


def choice_of(erasure: Erasure, events: Sequence[AuditEvent]) -> Document | None:
    """Return the choice that stands, with its reason in clear; None where nobody had to choose."""
    if not erasure.choice:
        return None
    alone = spared(erasure)
    found = erasure.before.vendor_uuids if erasure.before else []
    chosen_at = _chosen_at(erasure, events)
    return {
        "choice": str(erasure.choice),
        "ticked": list(erasure.chosen_uuids),
        "left": [uuid for uuid in found if plain(uuid) in alone],
        "chosen_by": erasure.chosen_by and erasure.chosen_by.get_username(),
        "chosen_at": chosen_at and moment(chosen_at),
        "reason": _reason(erasure),
    }


def asked_for(attempt: Attempt, erasure: Erasure, events: Sequence[AuditEvent]) -> Document:
    """Return the round, and the ticked profile that a request was for; ``profile`` is None where it was for all.

    The row keeps the choice that stands. Of one that was made again, or forgotten after a later look, only the number
    of the profile is left.
    """
    told: Document = {"round": attempt.round, "profile": None, "vendor_uuids": None, "note": ""}
    if attempt.target is None:
        return told
    told["profile"] = attempt.target + 1
    if not _stands_since(attempt.started_at, erasure, events):
        return {**told, "note": MADE_AGAIN}
    try:
        return {**told, "vendor_uuids": list(targets_of(erasure)[attempt.target].uuids)}
    except VaultError:
        return {**told, "note": UNREADABLE}
    except IndexError:  # the clocks of two hosts differ: the request was of an earlier choice after all
        return {**told, "note": MADE_AGAIN}


def _stands_since(asked_at: datetime, erasure: Erasure, events: Sequence[AuditEvent]) -> bool:
    chosen_at = _chosen_at(erasure, events)
    return erasure.choice == Choice.TICKED and not (chosen_at and asked_at < chosen_at)


def _chosen_at(erasure: Erasure, events: Sequence[AuditEvent]) -> datetime | None:
    """Read the moment from the ledger: the row keeps who chose, the event keeps when."""
    moments = [event.at for event in events if event.action == CHOSEN and event.subject == erasure.subject]
    return max(moments, default=None)


def _reason(erasure: Erasure) -> str:
    """Return the words of the last choice for all; ticking takes none."""
    reasons = [reason for reason in erasure.ticket.reasons.all() if reason.erasure_id == erasure.pk]
    given = [reason for reason in reasons if reason.action == CHOSEN]
    if erasure.choice != Choice.ALL or not given:
        return ""
    last = max(given, key=lambda reason: reason.given_at)
    return opened(erasure.ticket.key, last.sealed, last.sealed_name)
