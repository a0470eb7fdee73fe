"""What a look after a deletion still found, and why the erasure ended as it did. Reads loaded rows only."""

from dataclasses import dataclass

from apps.audit.selectors import kept_in
from apps.privacy.vault import VaultError

from .models import Erasure
from .moments import count, listed
from .records import records_of
from .sharing import spared
from .states import ErasureStatus

_GONE = frozenset({ErasureStatus.VERIFIED_ABSENT, ErasureStatus.NOT_FOUND})


@dataclass(frozen=True)
class Remains:
    """Records by what they are: left alone on purpose, cleared by the vendor, the person's own, or somebody anew.

    ``records`` cannot be told apart, since the snapshot cannot be read.
    """

    spared: int = 0
    anonymized: int = 0
    present: int = 0
    anew: int = 0
    records: int = 0

    @property
    def told(self) -> str:
        parts = (
            (self.present, "profile"),
            (self.records, "record"),
            (self.anonymized, "anonymized record"),
            (self.anew, "record under another id", "records under other ids"),
            (self.spared, "profile left alone", "profiles left alone"),
        )
        return listed([count(number, *words) for number, *words in parts if number])

    @property
    def why(self) -> str:
        """Say why these records count as they do; nothing where the number speaks for itself."""
        reasons = (
            (self.anonymized, "An anonymized record has no personal fields and holds nobody."),
            (self.anew, "Another id under the same address is somebody seen again."),
            (self.spared, "What was left alone belongs to others, as chosen, and was never asked for."),
        )
        return " ".join(reason for number, reason in reasons if number)


def remains(erasure: Erasure) -> Remains:
    """Sort what the after snapshot holds by whether it holds somebody, and whom; needs snapshots and keys loaded.

    Without known records, whoever is found counts as the person.
    """
    found = records_of(erasure.after.vendor_uuids if erasure.after else ())
    known = records_of(erasure.before.vendor_uuids if erasure.before else ())
    alone = found & spared(erasure)
    rest = found - alone
    personal = _personal(erasure, found - known if known else set())
    if personal is None:
        return Remains(spared=len(alone), records=len(rest))
    anew = (rest & personal) - known if known else set()
    present = (rest & personal) - anew
    return Remains(spared=len(alone), anonymized=len(rest - personal), present=len(present), anew=len(anew))


def _personal(erasure: Erasure, anew: set[str]) -> set[str] | None:
    """Return the records with somebody in them; None where the snapshot cannot be read any more.

    An erasure that ended as gone tells it without: a known record with somebody in it would have counted as present.
    """
    if erasure.status in _GONE or erasure.after is None:
        return anew
    try:
        return records_of(kept.uuid for kept in kept_in(erasure.after) if kept.personal)
    except VaultError:
        return None
