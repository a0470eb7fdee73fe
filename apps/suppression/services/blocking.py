"""Put people on lists, and withdraw what put them there."""

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import starmap

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.audit.actors import Actor
from apps.audit.chain import Fact
from apps.audit.services import deed, record
from apps.suppression.errors import SuppressionError
from apps.suppression.filling import Candidate, Origin, Tally, fill
from apps.suppression.models import EntrySource, SuppressionEntry, SuppressionList

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
ADD = "suppression.add_suppressionentry"
LIFT = "suppression.lift_suppressionentry"


class BadListName(SuppressionError):
    """No list can have this name."""


@deed()
def suppress(
    identifiers: Iterable[tuple[str, str]],
    *,
    list_name: str,
    source_kind: str,
    reference: str,
    by: Actor,
    at: datetime,
) -> Tally:
    """Block (kind, value) pairs on a list, made if missing. Repeats change nothing; raise InvalidIdentifier.

    The deed that a ticket's source belongs to has its own right; every other source needs the right to add.
    """
    origin = Origin(EntrySource.Kind(source_kind), reference)
    if origin.kind != EntrySource.Kind.TICKET:
        by.require(ADD)
    tally = fill(locked_list(list_name, at), starmap(Candidate.of, identifiers), origin=origin, at=at)
    if tally.sources:
        subject = reference if origin.kind == EntrySource.Kind.TICKET else f"list/{list_name}"
        record("suppression.added", subject, by=by, at=at, facts=facts_of(list_name, origin, tally))
    return tally


@deed()
def withdraw(*, source_kind: str, reference: str, by: Actor, at: datetime) -> int:
    """Take a ticket's or an import's support away; return how many entries were lifted because nothing else holds them.

    A ticket's deed has its own right; withdrawing any other source needs the right to lift.
    """
    if source_kind != EntrySource.Kind.TICKET:
        by.require(LIFT)
    sources = EntrySource.objects.filter(kind=source_kind, reference=reference, withdrawn_at=None)
    lock(SuppressionList.objects.filter(pk__in=sources.values("entry__list")))
    withdrawn = sources.update(withdrawn_at=at)
    if not withdrawn:
        return 0
    lifted = lift_unsupported(EntrySource.objects.filter(kind=source_kind, reference=reference), at)
    record("suppression.withdrawn", reference, by=by, at=at, facts={"sources": withdrawn, "lifted": lifted})
    return lifted


def refuse_bad_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadListName("The name of a list is made of small letters, digits, hyphens and underscores.")


def locked_list(name: str, at: datetime) -> SuppressionList:
    """Lock the list, made if missing: adding, lifting and withdrawing on one list take turns."""
    refuse_bad_name(name)
    title = name.replace("-", " ").replace("_", " ").capitalize()
    defaults = {"title": title, "created_at": at}
    return SuppressionList.objects.select_for_update().get_or_create(name=name, defaults=defaults)[0]


def lock(lists: QuerySet[SuppressionList]) -> None:
    list(lists.select_for_update().order_by("pk"))


def lift_unsupported(withdrawn: QuerySet[EntrySource], at: datetime) -> int:
    """Lift the entries of withdrawn sources that neither another source nor an import holds; needs the list's lock."""
    support = EntrySource.objects.filter(entry=OuterRef("pk"), withdrawn_at=None)
    imported = Q(source_import__isnull=False, source_import__withdrawn_at=None)
    unsupported = SuppressionEntry.objects.live().filter(~Exists(support), pk__in=withdrawn.values("entry"))
    unsupported = unsupported.exclude(imported)
    return unsupported.update(lifted_at=at, lift_reason=SuppressionEntry.LiftReason.SOURCES_WITHDRAWN)


def facts_of(list_name: str, origin: Origin, tally: Tally) -> dict[str, Fact]:
    return {
        "list": list_name,
        "source": str(origin.kind),
        "reference": origin.reference,
        "added": tally.added,
        "known": tally.known,
    }
