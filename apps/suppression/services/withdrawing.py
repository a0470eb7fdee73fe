"""Take an import's support away again, however many entries it holds: in short transactions, safe to repeat."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.progress import unheard
from apps.suppression.models import EntrySource, SuppressionEntry, SuppressionImport, SuppressionList

from .blocking import LIFT, lift_unsupported

CHUNK = 5_000


def withdraw_import(
    source: SuppressionImport, *, by: Actor, clock: Callable[[], datetime], tell: Callable[[int], None] = unheard
) -> int:
    """Lift whom nothing but this import holds, and return how many; what else supports an entry keeps it.

    The import ends first, so that a run of it takes in no further line. What a crash leaves is done by calling again.
    """
    by.require(LIFT)
    is_first = _end(source, by=by, at=clock())
    lifted = sources = 0
    for pks in _chunks(_made_by(source)):
        lifted += _lift(source, pks, at=clock())
        tell(lifted)
    supported = EntrySource.objects.filter(kind=EntrySource.Kind.IMPORT, reference=source.reference, withdrawn_at=None)
    for pks in _chunks(supported):
        sources += len(pks)
        lifted += _withdraw(source, pks, at=clock())
    if is_first or lifted or sources:
        _tell_ledger(source, sources=sources, lifted=lifted, by=by, at=clock())
    return lifted


@deed()
def _end(source: SuppressionImport, *, by: Actor, at: datetime) -> bool:
    ended = SuppressionImport.objects.filter(pk=source.pk, withdrawn_at=None).update(withdrawn_at=at)
    if ended:
        facts = {"reference": source.reference}
        record("suppression.import_withdrawn", f"list/{source.list.name}", by=by, at=at, facts=facts)
    return bool(ended)


def _made_by(source: SuppressionImport) -> QuerySet[SuppressionEntry]:
    # The list comes first: entries have no index by import, and this one leads through them in order.
    return SuppressionEntry.objects.live().filter(list=source.list_id, source_import=source)


def _chunks(rows: QuerySet) -> Iterator[list[int]]:
    last = 0
    while pks := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield pks
        last = pks[-1]


@transaction.atomic
def _lift(source: SuppressionImport, pks: list[int], *, at: datetime) -> int:
    """Lift in one short transaction, without an event: the import's row and the two events around it tell."""
    _lock(source)
    support = EntrySource.objects.filter(entry=OuterRef("pk"), withdrawn_at=None)
    support = support.exclude(kind=EntrySource.Kind.IMPORT, reference=source.reference)
    unsupported = SuppressionEntry.objects.live().filter(~Exists(support), pk__in=pks)
    return unsupported.update(lifted_at=at, lift_reason=SuppressionEntry.LiftReason.SOURCES_WITHDRAWN)


@transaction.atomic
def _withdraw(source: SuppressionImport, pks: list[int], *, at: datetime) -> int:
    _lock(source)
    sources = EntrySource.objects.filter(pk__in=pks)
    sources.update(withdrawn_at=at)
    return lift_unsupported(sources, at)


def _lock(source: SuppressionImport) -> None:
    SuppressionList.objects.select_for_update().get(pk=source.list_id)


@deed()
def _tell_ledger(source: SuppressionImport, *, sources: int, lifted: int, by: Actor, at: datetime) -> None:
    facts = {"sources": sources, "lifted": lifted}
    record("suppression.withdrawn", source.reference, by=by, at=at, facts=facts)
