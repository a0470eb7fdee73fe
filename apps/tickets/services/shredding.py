"""Destroy what audit snapshots hold once nobody needs it; digest, counts and the vendor's ids stay."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from apps.audit.actors import Actor
from apps.audit.models import AuditSnapshot
from apps.audit.services import deed, shred_snapshots
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.states import TicketStatus

CHUNK = 200


@deed()
def shred_snapshots_of(tickets: Iterable[DeletionTicket], *, by: Actor, at: datetime) -> int:
    """Shred every snapshot of these tickets, superseded ones too; return how many were still readable."""
    erasures = Erasure.objects.filter(ticket__in=list(tickets)).select_related("ticket", "account")
    subjects = [erasure.subject for erasure in erasures]
    return shred_snapshots(AuditSnapshot.objects.filter(subject__in=subjects), by=by, at=at)


def shred_due(*, at: datetime) -> int:
    """Shred the snapshots of tickets that were completed SNAPSHOT_DAYS ago; safe to repeat and to interrupt."""
    readable = Q(before__sealed__isnull=False) | Q(after__sealed__isnull=False)
    completed = Q(
        ticket__status=TicketStatus.COMPLETED, ticket__closed_at__lte=at - timedelta(days=settings.SNAPSHOT_DAYS)
    )
    shredded = 0
    while pks := set(Erasure.objects.filter(readable, completed).values_list("ticket", flat=True)[:CHUNK]):
        shredded += shred_snapshots_of(DeletionTicket.objects.filter(pk__in=pks), by=Actor.worker(), at=at)
    return shredded
