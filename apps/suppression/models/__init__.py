"""Whom nobody may mail for marketing or import again: lists of keyed digests, and why each stands there."""

from .entries import EntrySource, EntryUnsubscribe, SuppressionEntry
from .handovers import SuppressionHandover
from .imports import DIGESTS, ImportReject, SuppressionImport, UploadedPiece
from .kinds import EntryKind
from .lists import SuppressionList

__all__ = [
    "DIGESTS",
    "EntryKind",
    "EntrySource",
    "EntryUnsubscribe",
    "ImportReject",
    "SuppressionEntry",
    "SuppressionHandover",
    "SuppressionImport",
    "SuppressionList",
    "UploadedPiece",
]
