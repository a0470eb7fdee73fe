"""Tickets at any point of their way, worked by real lanes against a real sandbox with a clock that only tests move."""

import base64
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import IdentityBasis, SourcesPaused
from apps.tickets.requests import Request
from apps.tickets.selectors.due import due_accounts
from apps.tickets.services.approving import approve
from apps.tickets.services.lane import work_lane
from apps.tickets.services.opening import open_ticket
from apps.tickets.services.sweeping import sweep
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configured_accounts
from apps.vendors.services.accounts import sync_accounts
from tests.constants import NOW
from tests.sandbox_process import Sandbox

ADA = "ada@example.com"  # known to both vendors
NOBODY = "nobody@example.com"  # known to neither
UNLIMITED = {"per_minute": 60_000, "per_second": 1_000_000}


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, at: datetime = NOW):
        self._at = at

    def __call__(self) -> datetime:
        return self._at

    def advance(self, **duration: float) -> None:
        self._at += timedelta(**duration)


def accounts(sandbox: Sandbox, *names: str, **options: object) -> list[VendorAccount]:
    """Put accounts of the sandbox into the environment and mirror them: both vendors, unless some are named."""
    urls = {"bento": sandbox.bento_url, "blueshift": sandbox.blueshift_url}
    query = "".join(f"&{name}={value}" for name, value in {**UNLIMITED, **options}.items())
    settings.VENDOR_SECRET_URLS = {name: urls[name] + query for name in names or urls}
    return sync_accounts(configured_accounts(), by=Actor.worker(), at=NOW)


def rotate_peppers(settings) -> None:
    """Put a new pepper before those in use, in the settings of one test."""
    settings.DIGEST_PEPPERS = f"fresh:{base64.b64encode(b'f' * 32).decode()},{settings.DIGEST_PEPPERS}"


def open_one(email: str = ADA, *, opened_by: User, at: datetime = NOW, **wish: object) -> DeletionTicket:
    """Open a ticket for one person; ``wish`` holds further fields of the request, or other identifiers."""
    usual = {"identifiers": {"email": email}, "identity_basis": IdentityBasis.ELSEWHERE}
    return open_ticket(Request(**{**usual, **wish}), by=Actor.page(opened_by), at=at)


def approve_one(ticket: DeletionTicket, *, approved_by: User, at: datetime = NOW) -> DeletionTicket:
    tickets = DeletionTicket.objects.filter(pk=ticket.pk)
    refusals = approve(tickets, sources_paused=SourcesPaused.PAUSED, by=Actor.page(approved_by), at=at)
    assert refusals == []
    return tickets.get()


def work(clock: Clock) -> None:
    """Do what a worker does until nothing is due; only the clock brings more."""
    sweep(at=clock())
    while sum(work_lane(account, clock=clock) for account in due_accounts(at=clock())):
        pass


def erasure_of(ticket: DeletionTicket, account: str = "bento", kind: str = "email") -> Erasure:
    rows = Erasure.objects.select_related("ticket", "account", "before", "after", "identifier")
    return rows.get(ticket=ticket, account__name=account, kind=kind)


def actions(ticket: DeletionTicket) -> list[str]:
    """The ledger's story of a ticket and its erasures."""
    events = AuditEvent.objects.filter(root=ticket.reference).order_by("seq")
    return list(events.values_list("action", flat=True))
