"""Open a ticket once, however often the call that asks for it is repeated."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.api.errors import ApiError
from apps.api.models import ApiToken, IntakeKey
from apps.audit.services import deed
from apps.privacy.keyring import peppers
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
    keys, bodies = _digests("key", f"{client.pk}|{key}"), _digests("body", body)
    before = IntakeKey.objects.filter(client=client, key_digest__in=keys).first()
    if before:
        return _again(before, bodies)
    ticket = open_ticket(request, by=actor_of(token), at=at)
    digests = {"key_digest": keys[0], "body_digest": bodies[0]}
    IntakeKey.objects.create(client=client, reference=ticket.reference, created_at=at, **digests)
    return TakenIn(ticket, is_new=True)


def _again(before: IntakeKey, bodies: Sequence[bytes]) -> TakenIn:
    if not any(hmac.compare_digest(bytes(before.body_digest), digest) for digest in bodies):
        raise KeyReused(f"This key opened {before.reference} with another request.")
    return TakenIn(DeletionTicket.objects.get(reference=before.reference), is_new=False)


def _digests(purpose: str, text: str) -> list[bytes]:
    """Key what holds addresses, which guessing would find in a plain digest; with every active pepper, newest first."""
    keyed = f"api.intake.{purpose}|{text}".encode()
    return [hmac.digest(pepper, keyed, "sha256") for pepper in peppers().keys.values()]
