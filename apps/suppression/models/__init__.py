"""Whom nobody may mail for marketing or import again: lists of keyed digests, and why each stands there."""

from .entries import EntrySource, EntryUnsubscribe, SuppressionEntry
from .imports import ImportReject, SuppressionImport
from .kinds import EntryKind
from .lists import SuppressionList

__all__ = [
    "EntryKind",
    "EntrySource",
    "EntryUnsubscribe",
    "ImportReject",
    "SuppressionEntry",
    "SuppressionImport",
    "SuppressionList",
]
