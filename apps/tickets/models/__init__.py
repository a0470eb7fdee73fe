from .batch import RejectedRow, TicketBatch
from .erasure import Attempt, Erasure
from .outlook import AccountOutlook
from .reappearance import Reappearance
from .reason import Reason
from .sent_unsubscribe import SentUnsubscribe
from .subscriber_act import SubscriberAct
from .ticket import DeletionTicket, TicketIdentifier, TicketNumber
from .watch import Recheck, Watch

__all__ = [
    "AccountOutlook",
    "Attempt",
    "DeletionTicket",
    "Erasure",
    "Reappearance",
    "Reason",
    "Recheck",
    "RejectedRow",
    "SentUnsubscribe",
    "SubscriberAct",
    "TicketBatch",
    "TicketIdentifier",
    "TicketNumber",
    "Watch",
]
