"""Find tickets by who they are about, and read identifiers back for those who may."""

from collections.abc import Mapping

from apps.privacy.digests import digests
from apps.privacy.identifiers import InvalidIdentifier
from apps.privacy.vault import VaultError, unseal
from apps.tickets.models import DeletionTicket, Erasure, TicketIdentifier
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.sharing import Target, read_targets
from apps.tickets.states import Choice


def identifiers_of(ticket: DeletionTicket) -> dict[str, str]:
    """Return kind and value as typed; raises Shredded once the ticket was redacted."""
    rows = sorted(ticket.identifiers.all(), key=lambda row: row.kind)
    return {row.kind: value_of(row, ticket) for row in rows}


def value_of(row: TicketIdentifier, ticket: DeletionTicket) -> str:
    """Return one identifier as typed."""
    return unseal(ticket.key, row.sealed, name=row.sealed_name)


def digests_of(row: TicketIdentifier, ticket: DeletionTicket) -> list[bytes]:
    """Return every digest that another row may hold for this identifier: it may be older or newer than a pepper.

    Once the ticket was redacted, or where it was opened under laxer rules, only what was stored is left to compare.
    """
    stored = bytes(row.digest)
    try:
        made = [keyed.value for keyed in digests(row.kind, value_of(row, ticket))]
    except (VaultError, InvalidIdentifier):
        made = []
    return [stored, *(value for value in made if value != stored)]


def names_the_same(ticket: DeletionTicket, identifiers: Mapping[str, str]) -> bool:
    """Tell whether these are the ticket's identifiers, in whatever spelling; raises Shredded once it was redacted."""
    had = identifiers_of(ticket)
    return had.keys() == identifiers.keys() and all(is_same(kind, had[kind], identifiers[kind]) for kind in had)


def is_same(kind: str, one: str, other: str) -> bool:
    """Tell whether two spellings are one identifier; what is none is the same as nothing."""
    try:
        return digests(kind, one) == digests(kind, other)
    except InvalidIdentifier:
        return False


def can_read(erasure: Erasure) -> bool:
    """Tell whether an erasure's identifier can be unsealed; needs its ticket's key loaded."""
    try:
        value_of(erasure.identifier, erasure.ticket)
    except VaultError:
        return False
    return True


def targets_of(erasure: Erasure) -> tuple[Target, ...]:
    """Return the profiles that are asked for one by one; none where all that match are asked for together."""
    if erasure.choice != Choice.TICKED:
        return ()
    return read_targets(unseal(erasure.ticket.key, erasure.targets, name=erasure.targets_name))


def tickets_about(kind: str, value: str) -> DeletionTicketQuerySet:
    """Return the tickets of whoever has this identifier, under every active pepper; raises InvalidIdentifier."""
    wanted = [keyed.value for keyed in digests(kind, value)]
    return DeletionTicket.objects.filter(identifiers__kind=kind, identifiers__digest__in=wanted).distinct()
