"""End blocks by a person's decision."""

from datetime import datetime

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.suppression.errors import SuppressionError
from apps.suppression.models import SuppressionEntry, SuppressionList

from .blocking import LIFT, lock


class AlreadyLifted(SuppressionError):
    """Somebody was faster."""


@deed()
def lift(entry: SuppressionEntry, *, reason: str, by: Actor, at: datetime) -> None:
    """End one block by a person's decision, whatever supports it; raise AlreadyLifted. The row stays as history."""
    by.require(LIFT)
    lock(SuppressionList.objects.filter(pk=entry.list_id))
    why = SuppressionEntry.LiftReason(reason)
    if not SuppressionEntry.objects.live().filter(pk=entry.pk).update(lifted_at=at, lift_reason=why):
        raise AlreadyLifted("This entry was lifted before.")
    facts = {"entry": entry.pk, "kind": entry.kind, "reason": why.value}
    record("suppression.lifted", f"list/{entry.list.name}", by=by, at=at, facts=facts)
