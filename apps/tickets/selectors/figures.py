"""What the overview counts about tickets; each figure is the length of a list that a filter shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q

from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.states import AT_THE_VENDORS, CLOSED, TicketStatus

from .forecasts import waiting_erasures

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Figures:
    awaiting_identity: int
    pending_approval: int
    needing_attention: int
    overdue: int
    late_by_forecast: int
    first_late_due_at: datetime | None
    at_the_vendors: int
    due_soon: int
    next_due_at: datetime | None


def ticket_figures(now: datetime) -> Figures:
    """Count open tickets in three queries."""
    counted = DeletionTicket.objects.open().aggregate(
        awaiting_identity=_count(status=TicketStatus.AWAITING_IDENTITY),
        pending_approval=_count(status=TicketStatus.PENDING_APPROVAL),
        at_the_vendors=_count(status__in=AT_THE_VENDORS),
        overdue=_count(due_at__lt=now),
        due_soon=_count(due_at__gte=now, due_at__lte=now + WEEK),
        next_due_at=Min("due_at", filter=Q(due_at__gte=now)),
    )
    needy = Erasure.objects.open().filter(attention__gt="").exclude(ticket__status__in=CLOSED)
    late = late_by_forecast(now).aggregate(late_by_forecast=Count("pk"), first_late_due_at=Min("due_at"))
    return Figures(needing_attention=needy.aggregate(n=Count("ticket", distinct=True))["n"], **counted, **late)


def late_by_forecast(now: datetime) -> DeletionTicketQuerySet:
    """Return the tickets whose due date is still to come, and which the last forecast says will miss it."""
    late = waiting_erasures().filter(ticket=OuterRef("pk"), forecast_at__gt=OuterRef("due_at"))
    return DeletionTicket.objects.open().filter(Exists(late), due_at__gte=now)


def _count(**conditions: object) -> Count:
    return Count("pk", filter=Q(**conditions))
