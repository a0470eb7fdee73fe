"""Everything that changes the lists, and the answer to a person who asks."""

from .blocking import ADD, LIFT, NAME, BadListName, suppress, withdraw
from .checking import CHECK, check, check_many, hold_back
from .handing_over import (
    HAND_OVER,
    HAND_OVER_PLAIN,
    BadOrder,
    Handing,
    NotForThem,
    Order,
    hand_over,
    hand_over_plain,
    manifest_of,
    open_statement,
)
from .importing import ImportResult, Overtaken, import_file
from .lifting import (
    REASONS,
    SEE_EVIDENCE,
    AlreadyLifted,
    NothingToLift,
    UnfoundedLift,
    UnknownList,
    lift,
    lift_identifier,
    open_evidence,
    shred_evidence,
)
from .lists import DESCRIBE, BlocksNowhere, Description, describe_list
from .noting import note_unsubscribed
from .uploading import accept_upload, discard_old_uploads, import_upload, stop_import, wake_imports, work_imports
from .withdrawing import withdraw_import

__all__ = [
    "ADD",
    "CHECK",
    "DESCRIBE",
    "HAND_OVER",
    "HAND_OVER_PLAIN",
    "LIFT",
    "NAME",
    "REASONS",
    "SEE_EVIDENCE",
    "AlreadyLifted",
    "BadListName",
    "BadOrder",
    "BlocksNowhere",
    "Description",
    "Handing",
    "ImportResult",
    "NotForThem",
    "NothingToLift",
    "Order",
    "Overtaken",
    "UnfoundedLift",
    "UnknownList",
    "accept_upload",
    "check",
    "check_many",
    "describe_list",
    "discard_old_uploads",
    "hand_over",
    "hand_over_plain",
    "hold_back",
    "import_file",
    "import_upload",
    "lift",
    "lift_identifier",
    "manifest_of",
    "note_unsubscribed",
    "open_evidence",
    "open_statement",
    "shred_evidence",
    "stop_import",
    "suppress",
    "wake_imports",
    "withdraw",
    "withdraw_import",
    "work_imports",
]
