from .batch import RejectedRow, TicketBatch
from .erasure import Attempt, Erasure
from .ticket import DeletionTicket, TicketIdentifier, TicketNumber

__all__ = ["Attempt", "DeletionTicket", "Erasure", "RejectedRow", "TicketBatch", "TicketIdentifier", "TicketNumber"]
