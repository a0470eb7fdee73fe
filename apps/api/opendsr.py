"""What a ticket is called in OpenDSR 2.0, which has four words and none for failure.

https://github.com/opengdpr/OpenDSR/blob/master/specification.md: pending, in_progress, completed, cancelled.
"""

from enum import StrEnum

from apps.tickets.models import DeletionTicket
from apps.tickets.states import AT_THE_VENDORS, BEFORE_ANY_SEND, Resolution, TicketStatus


class OpenDsr(StrEnum):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# "completed" would tell the person that they are gone; a part that is left over is still owed.
_ENDS = {Resolution.PARTLY_ERASED: OpenDsr.IN_PROGRESS, Resolution.NOT_ERASED: OpenDsr.CANCELLED}


def opendsr_status(ticket: DeletionTicket) -> OpenDsr:
    """Return the nearest word; a duplicate is as far as the ticket that covers it. Needs ``cover`` loaded."""
    if ticket.status == TicketStatus.DUPLICATE and ticket.cover:
        ticket = ticket.cover
    if ticket.status in BEFORE_ANY_SEND:
        return OpenDsr.PENDING
    if ticket.status in AT_THE_VENDORS:
        return OpenDsr.IN_PROGRESS
    if ticket.status == TicketStatus.COMPLETED:
        return _ENDS.get(Resolution(ticket.resolution), OpenDsr.COMPLETED)
    return OpenDsr.CANCELLED
