"""The rows of a report: one per ticket and erasure, in blocks, so that memory and queries stay flat."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from operator import itemgetter

from django.db.models import Count, Max

from apps.audit.models import AuditEvent
from apps.suppression.models import EntrySource
from apps.tickets.models import Attempt, DeletionTicket
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.vendors.clients.errors import Outcome
from apps.vendors.registry import CLIENTS

from .columns import COLUMNS, VERSION, Plain
from .orders import Period

BLOCK = 500
# Column by column, where a stored value stands. The names without a column tie a line to what is counted apart.
_STORED = {
    "erasure_id": "erasures__pk",
    "reference": "reference",
    "regime": "regime",
    "channel": "channel",
    "requested_at": "requested_at",
    "received_at": "received_at",
    "received_assumed": "received_assumed",
    "due_at": "due_at",
    "opened_at": "opened_at",
    "opened_by": "opened_by__username",
    "identity_basis": "identity_basis",
    "identity_verified_by": "identity_verified_by__username",
    "identity_verified_at": "identity_verified_at",
    "approved_by": "approved_by__username",
    "approved_at": "approved_at",
    "sources_paused": "sources_paused",
    "not_suppressed": "not_suppressed",
    "status": "status",
    "resolution": "resolution",
    "denial_code": "denial_code",
    "ticket_closed_at": "closed_at",
    "on_hold": "on_hold",
    "external_ref": "external_ref",
    "follows": "predecessor__reference",
    "account": "erasures__account__name",
    "vendor": "erasures__account__vendor",
    "host": "erasures__account__host",
    "site": "erasures__account__site",
    "identifier_kind": "erasures__kind",
    "identifier_masked": "erasures__identifier__masked",
    "erasure_status": "erasures__status",
    "attention": "erasures__attention",
    "last_http_status": "erasures__last_http_status",
    "last_outcome": "erasures__last_outcome",
    "accepted_at": "erasures__accepted_at",
    "verified_at": "erasures__verified_at",
    "closed_at": "erasures__closed_at",
    "closed_by": "erasures__closed_by__username",
    "before_taken_at": "erasures__before__taken_at",
    "before_profiles": "erasures__before__profiles",
    "before_unsubscribed": "erasures__before__unsubscribed",
    "before_digest": "erasures__before__digest",
    "waiver": "erasures__waiver",
    "after_taken_at": "erasures__after__taken_at",
    "after_profiles": "erasures__after__profiles",
}
_in_order = itemgetter(*COLUMNS)

Line = dict[str, Plain]


@dataclass(frozen=True)
class Block:
    """Up to BLOCK tickets with all their rows."""

    tickets: int
    rows: list[tuple[Plain, ...]]


def tickets_of(period: Period) -> DeletionTicketQuerySet:
    """Return the tickets whose moment lies in the period."""
    inside = {f"{period.moment}__gte": period.begins_at, f"{period.moment}__lt": period.ends_at}
    return DeletionTicket.objects.filter(**inside)


def each_once(tickets: DeletionTicketQuerySet) -> DeletionTicketQuerySet:
    """Return the same tickets without the joins of a list's filters, which would count one several times."""
    return DeletionTicket.objects.filter(pk__in=tickets.order_by().values("pk"))


def blocks(tickets: DeletionTicketQuerySet, *, with_masks: bool, at: datetime) -> Iterator[Block]:
    """Yield the rows of these tickets in the order in which they were opened; `at` decides what is late.

    While the numbers of the tickets are being read, SQLite shows one state of the database to all queries between.
    """
    numbers = tickets.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=BLOCK)
    while block := list(islice(numbers, BLOCK)):
        yield Block(len(block), [_in_order(line) for line in _lines(block, with_masks=with_masks, at=at)])


def _lines(block: list[int], *, with_masks: bool, at: datetime) -> Iterator[Line]:
    lines = _stored(block)
    references = {line["reference"] for line in lines}
    sent, blocked, told = _sent(block), _blocked(references), _told(references)
    for line in lines:
        line.update(sent.get(line["erasure_id"], _NEVER_SENT))
        line.update(blocked.get((line["reference"], line["identifier_kind"]), _NOT_BLOCKED))
        line["ledger_events"], line["ledger_last_seq"] = told.get(line["reference"], (0, None))
        _derive(line, at)
        if not with_masks:
            line["identifier_masked"] = None
        yield line


def _stored(block: list[int]) -> list[Line]:
    in_order = ("pk", "erasures__account__name", "erasures__kind")
    rows = DeletionTicket.objects.filter(pk__in=block).order_by(*in_order).values_list(*_STORED.values())
    return [dict(zip(_STORED, row, strict=True)) for row in rows]


def _derive(line: Line, at: datetime) -> None:
    line["format_version"] = VERSION
    line["late"] = (line["ticket_closed_at"] or at) > line["due_at"]
    line["before_digest"] = _hex(line["before_digest"])
    html = line.pop("html")
    line["vendor_meaning"] = _meaning(line["vendor"], line["last_outcome"], line["last_http_status"], html)


def _hex(digest: bytes | memoryview | None) -> str | None:
    return None if digest is None else bytes(digest).hex()


@cache
def _meaning(vendor: str | None, outcome: str | None, http_status: int | None, html: bool) -> str | None:
    """Return what the vendor's last answer means, in the words of its client; None where nothing was answered."""
    if not outcome or vendor not in CLIENTS:
        return None
    return CLIENTS[vendor].meaning(Outcome(outcome), http_status, html)


_NEVER_SENT: Line = {"attempts": 0, "first_sent_at": None, "last_sent_at": None, "request_ids": None, "html": False}


def _sent(block: list[int]) -> Mapping[int, Line]:
    """Sum up the attempts of each erasure."""
    attempts = Attempt.objects.filter(erasure__ticket__in=block).order_by("erasure", "number")
    found: dict[int, list[tuple]] = defaultdict(list)
    for erasure_id, *attempt in attempts.values_list("erasure_id", "started_at", "request_id", "is_html"):
        found[erasure_id].append(tuple(attempt))
    return {erasure_id: _sum(of_erasure) for erasure_id, of_erasure in found.items()}


def _sum(attempts: list[tuple[datetime, str, bool]]) -> Line:
    return {
        "attempts": len(attempts),
        "first_sent_at": attempts[0][0],
        "last_sent_at": attempts[-1][0],
        "request_ids": " ".join(request_id for _, request_id, _ in attempts if request_id) or None,
        "html": attempts[-1][2],
    }


_NOT_BLOCKED: Line = {"suppressed_since": None, "suppression_list": None, "suppression_lifted_at": None}


def _blocked(references: Iterable[str]) -> Mapping[tuple[str, str], Line]:
    """Tell which identifiers these tickets put on a list: a live entry before a lifted one, then the newest."""
    sources = EntrySource.objects.filter(kind=EntrySource.Kind.TICKET, reference__in=references).order_by("pk")
    names = ("reference", "entry__kind", "entry__created_at", "entry__list__name", "entry__lifted_at")
    found: dict[tuple[str, str], Line] = {}
    for reference, kind, *entry in sources.values_list(*names):
        known = found.get((reference, kind))
        if known is None or known["suppression_lifted_at"] or entry[-1] is None:
            found[reference, kind] = dict(zip(_NOT_BLOCKED, entry, strict=True))
    return found


def _told(references: Iterable[str]) -> Mapping[str, tuple[int, int]]:
    """Count the ledger's events about each ticket and everything below it, and find the last."""
    events = AuditEvent.objects.filter(root__in=references).values_list("root")
    return {root: (count, last) for root, count, last in events.annotate(Count("seq"), Max("seq")).order_by()}
