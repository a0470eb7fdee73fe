"""Tickets as plain values, for commands and interfaces outside the console."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from django.db.models import Count, Prefetch

from apps.tickets.models import DeletionTicket, Erasure

from .forecasts import backlogs
from .identifiers import identifiers_of


def describe_tickets(*, at: datetime, with_identifiers: bool = False) -> Iterator[dict[str, object]]:
    """Yield every ticket with its erasures, oldest first; times are ISO 8601 in UTC. Identifiers come as typed.

    Forecasts are made for ``at``, not read from the rows.
    """
    forecasts = {row.erasure: row.answer_at for backlog in backlogs(at=at) for row in backlog.forecasts}
    erasures = (
        Erasure.objects.select_related("account").annotate(sent=Count("attempts")).order_by("account__name", "kind")
    )
    tickets = DeletionTicket.objects.select_related("opened_by", "approved_by", "key")
    rows = tickets.prefetch_related(Prefetch("erasures", erasures), "identifiers").order_by("pk")
    for ticket in rows.iterator(chunk_size=500):
        described = _ticket(ticket, forecasts)
        if with_identifiers:
            described["identifiers"] = identifiers_of(ticket)
        yield described


def _ticket(ticket: DeletionTicket, forecasts: Mapping[int, datetime]) -> dict[str, object]:
    return {
        "reference": ticket.reference,
        "status": ticket.status,
        "resolution": ticket.resolution,
        "opened_by": ticket.opened_by.get_username(),
        "approved_by": ticket.approved_by.get_username() if ticket.approved_by else None,
        "received_at": _utc(ticket.received_at),
        "due_at": _utc(ticket.due_at),
        "erasures": [_erasure(erasure, forecasts.get(erasure.pk)) for erasure in ticket.erasures.all()],
    }


def _erasure(erasure: Erasure, forecast_at: datetime | None) -> dict[str, object]:
    return {
        "account": erasure.account.name,
        "vendor": erasure.account.vendor,
        "kind": erasure.kind,
        "status": erasure.status,
        "last_http_status": erasure.last_http_status,
        "attempts": erasure.sent,
        "not_before": _utc(erasure.not_before),
        "forecast_at": _utc(forecast_at),
        "accepted_at": _utc(erasure.accepted_at),
        "verified_at": _utc(erasure.verified_at),
        "closed_at": _utc(erasure.closed_at),
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
