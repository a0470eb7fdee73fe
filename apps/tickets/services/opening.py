"""Open tickets."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import F

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.privacy.digests import digest
from apps.privacy.errors import PrivacyError
from apps.privacy.identifiers import mask, trim
from apps.privacy.vault import new_key, seal
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure, TicketBatch, TicketIdentifier, TicketNumber
from apps.tickets.models.erasure import Waiver
from apps.tickets.models.ticket import IdentityBasis
from apps.tickets.regimes import Regime, due_at
from apps.tickets.requests import Request
from apps.tickets.states import ErasureStatus, TicketStatus
from apps.vendors.models import VendorAccount
from apps.vendors.registry import client_class
from apps.vendors.services.lanes import LANE_TASK


@deed()
def open_ticket(
    request: Request, *, by: Actor, at: datetime, predecessor: DeletionTicket | None = None
) -> DeletionTicket:
    """Open one ticket and wake the lanes for its first looks; see create_ticket for what is refused."""
    ticket = create_ticket(request, by=by, at=at, predecessor=predecessor)
    wake_lanes()
    return ticket


@deed()
def create_ticket(
    request: Request,
    *,
    by: Actor,
    at: datetime,
    predecessor: DeletionTicket | None = None,
    batch: TicketBatch | None = None,
) -> DeletionTicket:
    """Create one ticket with an erasure per identifier and vendor account; nothing is half-opened.

    Raises TicketError without an identifier, without an account that can use one, with an identifier that identifies
    nobody, with an address in a field that is kept in clear, or with dates from the future. Whoever states how identity
    was checked counts as who verified it; on own initiative nobody asked, so nobody does.
    """
    by.require("tickets.add_deletionticket")
    identifiers = _checked_identifiers(request)
    _refuse_odd_dates(request, at)
    _refuse_address_in_clear(request)
    accounts = list(VendorAccount.objects.usable().order_by("name"))
    _refuse_without_usable_account(identifiers, accounts)
    ticket = _create_ticket(request, by=by, at=at, predecessor=predecessor, batch=batch)
    rows = _create_identifiers(ticket, identifiers)
    _create_erasures(ticket, rows, accounts, at=at)
    record("ticket.opened", ticket.reference, by=by, at=at, facts=_opening_facts(ticket, identifiers))
    return ticket


def wake_lanes() -> None:
    """Ring once for every usable account, after the transaction: new tickets have an erasure at each of them."""
    for account_id in VendorAccount.objects.usable().order_by("pk").values_list("pk", flat=True):
        ring(LANE_TASK, account_id)


def _checked_identifiers(request: Request) -> dict[str, str]:
    identifiers = {kind: trim(value) for kind, value in request.identifiers.items() if trim(value)}
    if not identifiers:
        raise TicketError(
            "A ticket needs at least one identifier: an e-mail address, customer id, cookie or device id."
        )
    try:
        for kind, value in identifiers.items():
            digest(kind, value)
    except PrivacyError as error:
        raise TicketError(str(error)) from None
    return identifiers


def _refuse_odd_dates(request: Request, at: datetime) -> None:
    if request.received_at and request.received_at > at:
        raise TicketError("The date of receipt lies in the future.")
    if request.requested_at and request.requested_at > (request.received_at or at):
        raise TicketError("The person cannot have asked after the request was received.")


def _refuse_address_in_clear(request: Request) -> None:
    for name, text in {"external reference": request.external_ref, "language": request.language}.items():
        if "@" in unicodedata.normalize("NFKC", text) or "%40" in text:
            raise TicketError(f"The {name} is shown in clear, so it cannot be an address.")


def _refuse_without_usable_account(identifiers: Mapping[str, str], accounts: list[VendorAccount]) -> None:
    if not any(kind in client_class(account.vendor).erases for account in accounts for kind in identifiers):
        raise TicketError(
            "No vendor account can use these identifiers. Set VENDOR_NAME and run sync_vendors, or add an identifier."
        )


def _create_ticket(
    request: Request, *, by: Actor, at: datetime, predecessor: DeletionTicket | None, batch: TicketBatch | None
) -> DeletionTicket:
    ticket = DeletionTicket(
        reference=_next_reference(at),
        opened_by=by.user,
        opened_at=at,
        requested_at=request.requested_at,
        channel=request.channel,
        urgent=request.urgent,
        own_initiative=request.own_initiative,
        external_ref=request.external_ref,
        language=request.language,
        country=request.country,
        requester=request.requester,
        predecessor=predecessor,
        batch=batch,
        key=new_key(at),
    )
    _start_clock(ticket, request, at=at)
    _note_identity(ticket, request, by=by, at=at)
    _seal_words(ticket, request)
    ticket.save(force_insert=True)
    return ticket


def _start_clock(ticket: DeletionTicket, request: Request, *, at: datetime) -> None:
    ticket.received_assumed = request.received_at is None and not request.own_initiative
    ticket.received_at = request.received_at or at
    ticket.regime = Regime.OTHER if request.own_initiative else request.regime or settings.DEFAULT_REGIME
    ticket.due_at = due_at(ticket.regime, ticket.received_at)


def _note_identity(ticket: DeletionTicket, request: Request, *, by: Actor, at: datetime) -> None:
    ticket.identity_basis = request.identity_basis
    ticket.status = TicketStatus.AWAITING_IDENTITY
    if request.identity_basis != IdentityBasis.ASKED:
        ticket.status = TicketStatus.PENDING_APPROVAL
    if ticket.status == TicketStatus.PENDING_APPROVAL and not request.own_initiative:
        ticket.identity_verified_by = by.user
        ticket.identity_verified_at = at


def _seal_words(ticket: DeletionTicket, request: Request) -> None:
    if request.note:
        ticket.note = seal(ticket.key, request.note, name="ticket.note")
    if request.original_request:
        ticket.original_request = seal(ticket.key, request.original_request, name="ticket.original_request")


def _next_reference(at: datetime) -> str:
    number, _ = TicketNumber.objects.select_for_update().get_or_create(year=at.year)
    TicketNumber.objects.filter(pk=number.pk).update(last=F("last") + 1)
    number.refresh_from_db(fields=["last"])
    return f"DEL-{at.year}-{number.last:06d}"


def _create_identifiers(ticket: DeletionTicket, identifiers: Mapping[str, str]) -> list[TicketIdentifier]:
    return TicketIdentifier.objects.bulk_create([_identifier(ticket, *pair) for pair in sorted(identifiers.items())])


def _identifier(ticket: DeletionTicket, kind: str, value: str) -> TicketIdentifier:
    keyed = digest(kind, value)
    row = TicketIdentifier(
        ticket=ticket, kind=kind, masked=mask(kind, value), digest=keyed.value, digest_key_id=keyed.key_id
    )
    row.sealed = seal(ticket.key, value, name=row.sealed_name)
    return row


def _create_erasures(
    ticket: DeletionTicket, identifiers: list[TicketIdentifier], accounts: list[VendorAccount], *, at: datetime
) -> None:
    Erasure.objects.bulk_create(
        [_erasure(ticket, identifier, account, at=at) for account in accounts for identifier in identifiers]
    )


def _erasure(ticket: DeletionTicket, identifier: TicketIdentifier, account: VendorAccount, *, at: datetime) -> Erasure:
    client = client_class(account.vendor)
    usable = identifier.kind in client.erases
    return Erasure(
        ticket=ticket,
        account=account,
        identifier=identifier,
        kind=identifier.kind,
        status=ErasureStatus.QUEUED if usable else ErasureStatus.NOT_APPLICABLE,
        closed_at=None if usable else at,
        not_before=at if usable else None,
        waiver="" if identifier.kind in client.looks_up else Waiver.NO_LOOKUP,
    )


def _opening_facts(ticket: DeletionTicket, identifiers: Mapping[str, str]) -> dict[str, str | bool]:
    return {
        "kinds": ",".join(sorted(identifiers)),
        "regime": ticket.regime,
        "due_at": ticket.due_at.isoformat(),
        "identity_basis": ticket.identity_basis,
        "urgent": ticket.urgent,
        "own_initiative": ticket.own_initiative,
        "follows": ticket.predecessor.reference if ticket.predecessor else "",
    }
