"""Tickets and what vendors answered, without a vendor."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from apps.audit.actors import Actor
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.tickets.models.ticket import SourcesPaused
from apps.tickets.requests import Request
from apps.tickets.services.approving import approve
from apps.tickets.services.opening import open_ticket
from apps.vendors.models import VendorAccount
from tests.constants import NOW


def bento_account(name: str = "bento") -> VendorAccount:
    return VendorAccount.objects.create(
        name=name, vendor="bento", host="app.bentonow.com", site="site-1", synced_at=NOW
    )


def open_one(email: str, *, opened_by: User, at: datetime = NOW, **wishes: object) -> DeletionTicket:
    identifiers = {"email": email, **wishes.pop("identifiers", {})}
    request = Request(identifiers=identifiers, **{"identity_basis": "logged_in", **wishes})
    return open_ticket(request, by=Actor.page(opened_by), at=at)


def approve_one(ticket: DeletionTicket, *, approved_by: User, at: datetime = NOW) -> None:
    tickets = DeletionTicket.objects.filter(pk=ticket.pk)
    refusals = approve(tickets, sources_paused=SourcesPaused.PAUSED, by=Actor.page(approved_by), at=at)
    assert refusals == []


def answered(erasure: Erasure, outcome: str, http_status: int, *, at: datetime = NOW, **attempt: object) -> None:
    """Record a request and its answer as a worker does, without the moves that follow."""
    number = erasure.attempts.count() + 1
    Attempt.objects.create(
        erasure=erasure,
        number=number,
        fence=number,
        started_at=at,
        answered_at=at + timedelta(seconds=1),
        outcome=outcome,
        http_status=http_status,
        **attempt,
    )
    Erasure.objects.filter(pk=erasure.pk).update(last_outcome=outcome, last_http_status=http_status)
