"""Whose address can still be read: the tickets seal it, and redacting them ends that."""

from collections.abc import Sequence

from apps.privacy.identifiers import InvalidIdentifier, Kind, normalise
from apps.privacy.vault import VaultError
from apps.tickets.models import TicketIdentifier

from .identifiers import value_of


def readable_addresses(digests: Sequence[bytes]) -> dict[bytes, str]:
    """Return the normalised addresses of those digests that a ticket can still unseal; the others are missing."""
    rows = TicketIdentifier.objects.filter(kind=Kind.EMAIL.value, digest__in=digests).select_related("ticket__key")
    found: dict[bytes, str] = {}
    for row in rows:
        if bytes(row.digest) not in found and (address := _address(row)):
            found[bytes(row.digest)] = address
    return found


def _address(row: TicketIdentifier) -> str:
    try:
        return normalise(row.kind, value_of(row, row.ticket))
    except (VaultError, InvalidIdentifier):
        return ""
