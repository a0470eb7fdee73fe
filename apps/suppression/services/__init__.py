"""Everything that changes the lists, and the answer to a person who asks."""

from .blocking import ADD, CHECK, LIFT, NAME, BadListName, check, suppress, withdraw
from .importing import ImportResult, import_file
from .lifting import AlreadyLifted, lift

__all__ = [
    "ADD",
    "CHECK",
    "LIFT",
    "NAME",
    "AlreadyLifted",
    "BadListName",
    "ImportResult",
    "check",
    "import_file",
    "lift",
    "suppress",
    "withdraw",
]
