"""Open a ticket once, however often the call that asks for it is repeated."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from apps.api.errors import ApiError
from apps.api.models import ApiToken, IntakeKey
from apps.audit.services import deed
from apps.tickets.models import DeletionTicket
from apps.tickets.requests import Request
from apps.tickets.services.opening import open_ticket

from .admitting import actor_of

KEPT = timedelta(days=7)


class KeyReused(ApiError):
    """The same key came with another request."""


@dataclass(frozen=True)
class TakenIn:
    """The ticket of a request, and whether this call opened it."""

    ticket: DeletionTicket
    is_new: bool


@deed()
def take_in(request: Request, *, key: str, body: str, token: ApiToken, at: datetime) -> TakenIn:
    """Open a ticket, or return the one that this key opened within KEPT; raise KeyReused, TicketError or NotAllowed.

    Deeds take turns, so that two calls with one key at once open one ticket. A refusal keeps no key.
    """
    client = token.client
    IntakeKey.objects.filter(created_at__lt=at - KEPT).delete()
    digests = {"key_digest": _digest("key", f"{client.pk}|{key}"), "body_digest": _digest("body", body)}
    before = IntakeKey.objects.filter(client=client, key_digest=digests["key_digest"]).first()
    if before:
        return _again(before, digests["body_digest"])
    ticket = open_ticket(request, by=actor_of(token), at=at)
    IntakeKey.objects.create(client=client, reference=ticket.reference, created_at=at, **digests)
    return TakenIn(ticket, is_new=True)


def _again(before: IntakeKey, body_digest: bytes) -> TakenIn:
    if not hmac.compare_digest(bytes(before.body_digest), body_digest):
        raise KeyReused(f"This key opened {before.reference} with another request.")
    return TakenIn(DeletionTicket.objects.get(reference=before.reference), is_new=False)


def _digest(salt: str, text: str) -> bytes:
    """Key what holds addresses: a plain digest could be found by guessing."""
    return salted_hmac(f"api.intake.{salt}", text, algorithm="sha256").digest()
