"""Destroy what audit snapshots and reappearances hold once nobody needs it; digest, times and the vendor's ids stay."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Left, StrIndex

from apps.audit.actors import Actor
from apps.audit.models import AuditSnapshot
from apps.audit.services import deed, record, shred_snapshots
from apps.suppression.services import shred_evidence
from apps.tickets.models import DeletionTicket, Erasure, Reappearance
from apps.tickets.states import CLOSED, TicketStatus

CHUNK = 200
_REFERENCE = Left("subject", StrIndex("subject", Value("/")) - 1)


@deed()
def shred_snapshots_of(tickets: Iterable[DeletionTicket], *, by: Actor, at: datetime) -> int:
    """Shred every snapshot of these tickets, superseded ones too; return how many were still readable."""
    erasures = Erasure.objects.filter(ticket__in=list(tickets)).select_related("ticket", "account")
    subjects = [erasure.subject for erasure in erasures]
    return shred_snapshots(AuditSnapshot.objects.filter(subject__in=subjects), by=by, at=at)


def shred_due(*, at: datetime) -> int:
    """Shred what tickets completed SNAPSHOT_DAYS ago, or called off, left readable; return how many sealed copies.

    What was seen of people who came back follows the same rule, from the decision on; what lifts were founded on has
    its own time. Safe to repeat and to interrupt.

    Snapshots are found by the ticket they name: one that was superseded hangs on no erasure any more.
    """
    shredded = 0
    while pks := list(_overdue(at).values_list("pk", flat=True)[:CHUNK]):
        shredded += shred_snapshots(AuditSnapshot.objects.filter(pk__in=pks), by=Actor.worker(), at=at)
    while chunk := _shred_reappearances(at=at):
        shredded += chunk
    return shredded + shred_evidence(at=at)


@deed()
def _shred_reappearances(*, at: datetime) -> int:
    """Destroy what was seen of some people, decided SNAPSHOT_DAYS ago: until then the decision needs it."""
    decided = Reappearance.objects.filter(decided_at__lte=at - timedelta(days=settings.SNAPSHOT_DAYS))
    rows = decided.filter(evidence__isnull=False).select_related("erasure__ticket", "erasure__account").order_by("pk")
    chunk = list(rows[:CHUNK])
    Reappearance.objects.filter(pk__in=[row.pk for row in chunk]).update(evidence=None, unsubscribed=None)
    for row in chunk:
        record("reappearance.shredded", row.erasure.subject, by=Actor.worker(), at=at, facts={"reappearance": row.pk})
    return len(chunk)


def _overdue(at: datetime) -> QuerySet[AuditSnapshot]:
    completed = Q(status=TicketStatus.COMPLETED, closed_at__lte=at - timedelta(days=settings.SNAPSHOT_DAYS))
    called_off = Q(status__in=CLOSED - {TicketStatus.COMPLETED})
    tickets = DeletionTicket.objects.filter(completed | called_off)
    readable = AuditSnapshot.objects.filter(sealed__isnull=False).annotate(reference=_REFERENCE)
    return readable.filter(reference__in=tickets.values("reference"))
