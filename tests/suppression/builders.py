"""Entries to try things on."""

from apps.audit.actors import Actor
from apps.suppression.filling import Tally
from apps.suppression.models import SuppressionEntry
from apps.suppression.services import suppress
from tests.constants import NOW

JANE = "jane@example.com"
WORKER = Actor.worker()


def block(*addresses: str, list_name="erased", source_kind="ticket", reference="DEL-1", by=WORKER, at=NOW) -> Tally:
    identifiers = [("email", address) for address in addresses]
    return suppress(identifiers, list_name=list_name, source_kind=source_kind, reference=reference, by=by, at=at)


def only_entry() -> SuppressionEntry:
    return SuppressionEntry.objects.get()
