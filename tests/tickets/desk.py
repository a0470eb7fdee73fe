"""What the tests of staff acts share: two accounts without a network behind them, tickets, and the ledger's actions."""

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.tickets.models import DeletionTicket
from apps.tickets.requests import Request
from apps.tickets.services.approving import approve
from apps.tickets.services.opening import open_ticket
from apps.vendors.accounts import parse_account
from apps.vendors.selectors import option_defaults
from apps.vendors.services.accounts import sync_accounts
from tests.constants import NOW

URLS = {
    "bento": "bento://pk:sk@127.0.0.1:9/site?tls=off",
    "blueshift": "blueshift://key@127.0.0.1:9?tls=off",
}


def sync(*names: str) -> None:
    defaults = option_defaults()
    accounts = [parse_account(name, URLS[name], defaults=defaults) for name in names or URLS]
    sync_accounts(accounts, by=Actor.command(None), at=NOW)


def opened_by(user, *, email: str = "ann@example.org", basis: str = "elsewhere", **wishes) -> DeletionTicket:
    request = Request(identifiers={"email": email}, identity_basis=basis, **wishes)
    return open_ticket(request, by=Actor.page(user), at=NOW)


def only(*tickets: DeletionTicket):
    return DeletionTicket.objects.filter(pk__in=[ticket.pk for ticket in tickets])


def approved_by(user, ticket: DeletionTicket):
    return approve(only(ticket), sources_paused="paused", by=Actor.page(user), at=NOW)


def actions(reference: str) -> list[str]:
    events = AuditEvent.objects.filter(root=reference).order_by("seq")
    return list(events.values_list("action", flat=True))
