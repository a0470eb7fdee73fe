"""Everything that changes the lists, and the answer to a person who asks."""

from .blocking import ADD, CHECK, LIFT, NAME, BadListName, check, suppress, withdraw
from .importing import ImportResult, Overtaken, import_file
from .lifting import (
    REASONS,
    SEE_EVIDENCE,
    AlreadyLifted,
    NothingToLift,
    UnfoundedLift,
    lift,
    lift_identifier,
    open_evidence,
)
from .lists import DESCRIBE, BlocksNowhere, Description, describe_list
from .noting import note_unsubscribed

__all__ = [
    "ADD",
    "CHECK",
    "DESCRIBE",
    "LIFT",
    "NAME",
    "REASONS",
    "SEE_EVIDENCE",
    "AlreadyLifted",
    "BadListName",
    "BlocksNowhere",
    "Description",
    "ImportResult",
    "NothingToLift",
    "Overtaken",
    "UnfoundedLift",
    "check",
    "describe_list",
    "import_file",
    "lift",
    "lift_identifier",
    "note_unsubscribed",
    "open_evidence",
    "suppress",
    "withdraw",
]
