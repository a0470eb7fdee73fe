"""Look-ups of people: the address is turned into digests at once, and a list goes on under an opaque token."""

import secrets
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass

from apps.privacy.digests import digests
from apps.privacy.identifiers import Kind, mask
from apps.tickets.models import DeletionTicket, TicketIdentifier
from apps.tickets.models.ticket import DeletionTicketQuerySet

SESSION_KEY = "tickets.sought"
KEPT = 10


@dataclass(frozen=True)
class Sought:
    """One look-up as a session keeps it: keyed digests, and the masked value for the screen."""

    masked: str
    digests: tuple[str, ...]


def look_up(value: str) -> Sought:
    """Digest a value as an address, or as any other kind of identifier; raises InvalidIdentifier."""
    kinds = [Kind.EMAIL] if "@" in value else [kind for kind in Kind if kind != Kind.EMAIL]
    keyed = [digest.value.hex() for kind in kinds for digest in digests(kind, value)]
    return Sought(mask(kinds[0], value), tuple(keyed))


def keep(session: MutableMapping, sought: Sought) -> str:
    """Remember a look-up for this session and return its token; only the latest ones are kept."""
    token = secrets.token_urlsafe(16)
    kept = dict(list(session.get(SESSION_KEY, {}).items())[-KEPT + 1 :])
    session[SESSION_KEY] = kept | {token: [sought.masked, *sought.digests]}
    return token


def recall(session: MutableMapping, token: str) -> Sought | None:
    """Return the look-up of a token, or None where this session has none under it."""
    masked, *keyed = session.get(SESSION_KEY, {}).get(token) or [""]
    return Sought(masked, tuple(keyed)) if keyed else None


def tickets_of(sought: Sought) -> DeletionTicketQuerySet:
    return DeletionTicket.objects.filter(pk__in=_owners(sought.digests).values("ticket"))


def only_ticket_of(sought: Sought) -> int | None:
    """Return the key of the one ticket about this person, or None where there are none or several."""
    found = list(_owners(sought.digests).order_by("ticket").values_list("ticket", flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else None


def _owners(keyed: Iterable[str]):
    return TicketIdentifier.objects.filter(digest__in=[bytes.fromhex(value) for value in keyed])
