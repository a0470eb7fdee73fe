from .batch import RejectedRow, TicketBatch
from .erasure import Attempt, Erasure
from .reappearance import Reappearance
from .reason import Reason
from .subscriber_act import SubscriberAct
from .ticket import DeletionTicket, TicketIdentifier, TicketNumber
from .watch import Recheck, Watch

__all__ = [
    "Attempt",
    "DeletionTicket",
    "Erasure",
    "Reappearance",
    "Reason",
    "Recheck",
    "RejectedRow",
    "SubscriberAct",
    "TicketBatch",
    "TicketIdentifier",
    "TicketNumber",
    "Watch",
]
