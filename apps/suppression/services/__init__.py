"""Everything that changes the lists, and the answer to a person who asks."""

from .blocking import ADD, CHECK, LIFT, NAME, BadListName, check, suppress, withdraw
from .importing import ImportResult, Overtaken, import_file
from .lifting import AlreadyLifted, lift
from .lists import DESCRIBE, BlocksNowhere, Description, describe_list
from .noting import note_unsubscribed

__all__ = [
    "ADD",
    "CHECK",
    "DESCRIBE",
    "LIFT",
    "NAME",
    "AlreadyLifted",
    "BadListName",
    "BlocksNowhere",
    "Description",
    "ImportResult",
    "Overtaken",
    "check",
    "describe_list",
    "import_file",
    "lift",
    "note_unsubscribed",
    "suppress",
    "withdraw",
]
