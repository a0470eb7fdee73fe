"""Which peppers the stored digests were made with, and which of them can go."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Model, Q

from apps.privacy.keyring import peppers
from apps.suppression.models import SuppressionEntry
from apps.tickets.models import TicketIdentifier

LIVE, ANY = Q(lifted_at=None), Q()


@dataclass(frozen=True)
class Made:
    """How many rows of one kind one pepper made; ``is_set``: DIGEST_PEPPERS still has it, so that they are found."""

    what: str
    key_id: str
    rows: int
    is_newest: bool
    is_set: bool

    @property
    def words(self) -> str:
        if self.is_newest:
            return "made by the newest pepper"
        return "need this older pepper" if self.is_set else "are found by nobody: DIGEST_PEPPERS lacks this pepper"


def rows_per_pepper() -> list[Made]:
    """Count the suppression entries that are not lifted, and the identifiers of tickets; reads each row once."""
    return [
        *_made("suppression entries", _counted(SuppressionEntry, "key_id", LIVE)),
        *_made("identifiers of tickets", _counted(TicketIdentifier, "digest_key_id", ANY)),
    ]


def _counted(model: type[Model], column: str, wanted: Q) -> Iterable[tuple[str, int]]:
    # The condition stands in the count: in front of it, SQLite would fetch each row by way of an index, in its order.
    counts = model.objects.order_by(column).values_list(column).annotate(rows=Count("pk", filter=wanted))
    return [(key_id, rows) for key_id, rows in counts if rows]


def _made(what: str, counted: Iterable[tuple[str, int]]) -> list[Made]:
    ring = peppers()
    return [Made(what, key_id, rows, key_id == ring.newest, key_id in ring.keys) for key_id, rows in counted]
