"""A mark of what an approver was shown, so that a click binds to that and to nothing newer."""

import hashlib

from apps.tickets.models import Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet


def mark_of(tickets: DeletionTicketQuerySet) -> str:
    """Return a digest of the tickets' open erasures and their before snapshots; a new look or choice changes it."""
    erasures = Erasure.objects.open().filter(ticket__in=tickets.order_by().values("pk"))
    shown = erasures.order_by("pk").values_list("pk", "before", "waiver", "choice", "chosen_uuids")
    return hashlib.sha256(repr(list(shown)).encode()).hexdigest()
