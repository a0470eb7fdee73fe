from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.requests import Request
from apps.tickets.services.approving import approve
from apps.tickets.services.opening import open_ticket
from tests.tickets.desk import only, sync


@pytest.fixture
def now() -> datetime:
    """Pages read the clock, so their tickets are as old as the test."""
    return datetime.now(UTC)


@pytest.fixture
def opened(alice, now) -> Callable[..., DeletionTicket]:
    """Let alice open a ticket at both vendors."""
    sync()

    def make(email: str = "ann@example.org", *, basis: str = "elsewhere", **wishes) -> DeletionTicket:
        request = Request(identifiers={"email": email}, identity_basis=basis, **wishes)
        return open_ticket(request, by=Actor.page(alice), at=now)

    return make


@pytest.fixture
def ticket(opened) -> DeletionTicket:
    return opened()


@pytest.fixture
def rejected(ticket, bob, now) -> Erasure:
    """Approved, and refused by Bento; Blueshift has accepted."""
    approve(only(ticket), sources_paused="none", by=Actor.page(bob), at=now)
    DeletionTicket.objects.update(status="in_progress")
    Erasure.objects.filter(account__name="bento").update(
        status="rejected", attention="rejected", not_before=None, last_http_status=422, last_outcome="rejected"
    )
    Erasure.objects.filter(account__name="blueshift").update(
        status="accepted", last_http_status=200, last_outcome="accepted", not_before=now, accepted_at=now
    )
    return Erasure.objects.get(account__name="bento")


@pytest.fixture
def as_user(client) -> Callable[[User], Client]:
    def enter(user: User) -> Client:
        client.force_login(user)
        return client

    return enter
