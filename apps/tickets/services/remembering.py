"""Hand what before snapshots know of unsubscribes to the suppression entries, which outlive the snapshots."""

from datetime import datetime

from django.utils.dateparse import parse_datetime

from apps.audit.actors import Actor
from apps.audit.models import AuditSnapshot
from apps.audit.selectors import contents_of
from apps.privacy.vault import VaultError
from apps.suppression.services import note_unsubscribed
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.states import SENDABLE


def remember_unsubscribes(ticket: DeletionTicket, *, by: Actor, at: datetime) -> None:
    """Note what the looks before an approval found, once its entries stand."""
    found = ticket.erasures.filter(before__unsubscribed=True).select_related("account", "before__key").order_by("pk")
    for erasure in found:
        _note(ticket, erasure, by=by, at=at)


def remember_unsubscribe(erasure: Erasure, *, by: Actor, at: datetime) -> None:
    """Note what the look right before acting found; before an approval there is no entry to write on."""
    if erasure.before.unsubscribed and erasure.ticket.status in SENDABLE:
        _note(erasure.ticket, erasure, by=by, at=at)


def _note(ticket: DeletionTicket, erasure: Erasure, *, by: Actor, at: datetime) -> None:
    since = _since(erasure.before)
    note_unsubscribed(ticket.reference, erasure.kind, account=erasure.account, since=since, by=by, at=at)


def _since(snapshot: AuditSnapshot) -> datetime:
    """Return the earliest moment that a vendor names; where it names none, the look itself is the latest possible."""
    try:
        profiles = contents_of(snapshot)["profiles"]
    except VaultError:
        return snapshot.taken_at
    moments = [parse_datetime(profile["unsubscribed_at"]) for profile in profiles if profile["unsubscribed_at"]]
    return min((moment for moment in moments if moment), default=snapshot.taken_at)
