"""What somebody who came back has lost since before their deletion. Reads loaded rows only."""

from datetime import datetime

from apps.tickets.models import DeletionTicket, Reappearance, SubscriberAct
from apps.tickets.moments import clock

_WHAT_WAS_SEEN_IS_GONE = "No longer known: unsubscribed before the deletion, and what was seen since was destroyed."


def lost_an_unsubscribe(row: Reappearance, *, remembered: bool) -> bool:
    """Tell whether somebody who had unsubscribed is back without it, as far as what says so is still kept.

    ``remembered``: a suppression entry says it, once the snapshot does not any more.
    """
    return (
        (remembered or _unsubscribed_before(row) is True) and row.evidence is not None and row.unsubscribed is not True
    )


def is_restored(row: Reappearance) -> bool:
    """Tell whether a look has proved that the person is unsubscribed again; needs the acts loaded."""
    act = _restoring(row)
    return act is not None and act.status == SubscriberAct.Status.DONE


def why_unknown(row: Reappearance, *, remembered: bool) -> str:
    """Say why nobody can tell what was lost, or nothing; needs the before snapshot loaded."""
    before = row.erasure.before
    if remembered:
        return _WHAT_WAS_SEEN_IS_GONE if row.evidence is None else ""
    if before is not None and not before.is_readable:
        return "No longer known: the contents of the snapshot before the deletion were destroyed."
    if before is None or before.unsubscribed is None:
        return "Not known: no snapshot before the deletion says so."
    if before.unsubscribed and row.evidence is None:
        return _WHAT_WAS_SEEN_IS_GONE
    return ""


def tell_loss(row: Reappearance, *, erased_by: DeletionTicket | None, remembered: bool, at: datetime) -> str:
    """Say what was lost. ``erased_by`` is the ticket that erased the record since, if one did."""
    act = _restoring(row)
    if act or lost_an_unsubscribe(row, remembered=remembered):
        return f"Was unsubscribed before the deletion, and {_since(act, erased_by, at)}"
    if unknown := why_unknown(row, remembered=remembered):
        return unknown
    before = "Unsubscribed" if remembered or _unsubscribed_before(row) else "Subscribed"
    seen = {True: "unsubscribed", False: "subscribed", None: "not told"}[row.unsubscribed]
    return f"{before} before the deletion, {seen} {'when seen again' if erased_by else 'now'}."


def _unsubscribed_before(row: Reappearance) -> bool | None:
    return row.erasure.before.unsubscribed if row.erasure.before else None


def _restoring(row: Reappearance) -> SubscriberAct | None:
    """Return the act that restored the unsubscribe state, or whose command has left and may have; the latest."""
    status, outcome = SubscriberAct.Status, SubscriberAct.Outcome
    for act in sorted(row.subscriber_acts.all(), key=lambda act: act.pk, reverse=True):
        left = act.status in {status.SENDING, status.SENT} or act.outcome == outcome.UNPROVED
        if left or act.status == status.DONE:
            return act
    return None


def _since(act: SubscriberAct | None, erased_by: DeletionTicket | None, at: datetime) -> str:
    came_back = "came back without that"
    if erased_by is not None:
        return f"{came_back}. The record was erased by {erased_by.reference} since: nothing is left to restore."
    if act is None:
        return "is not any more: mail may go out."
    if act.outcome == SubscriberAct.Outcome.ALREADY:
        return f"{came_back}. A later look found the person unsubscribed again."
    sent = clock(act.sent_at, at)
    if act.status == SubscriberAct.Status.DONE:
        return f"{came_back}. Restored at {sent}, read back at {clock(act.checked_at, at)}: unsubscribed again."
    proof = "not read back yet" if act.is_under_way else "and no look could read it back"
    return f"{came_back}. An unsubscribe was sent at {sent}, {proof}: mail may still go out."
