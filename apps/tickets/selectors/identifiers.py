"""Find tickets by who they are about, and read identifiers back for those who may."""

from apps.privacy.digests import digests
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
