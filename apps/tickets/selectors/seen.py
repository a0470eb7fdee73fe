"""A mark of what an approver was shown, so that a click binds to that and to nothing newer."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from apps.tickets.models import Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet


def mark_of(erasures: Iterable[Erasure]) -> str:
    """Return the mark of one ticket's erasures as they were loaded; a new look, waiver or choice changes it."""
    shown = sorted((e.pk, e.before_id, e.waiver, e.choice, e.chosen_uuids) for e in erasures if e.is_open)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def marks_of(tickets: DeletionTicketQuerySet) -> dict[int, str]:
    """Return the mark of each ticket as it stands now, by its key."""
    pks = list(tickets.order_by().values_list("pk", flat=True))
    erasures: defaultdict[int, list[Erasure]] = defaultdict(list)
    for erasure in Erasure.objects.open().filter(ticket__in=tickets.order_by().values("pk")):
        erasures[erasure.ticket_id].append(erasure)
    return {pk: mark_of(erasures[pk]) for pk in pks}
