"""Keep what the vendors lose: that somebody had unsubscribed there, and since when."""

from datetime import datetime

from django.db.models import Q

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.suppression.models import EntryUnsubscribe, SuppressionEntry
from apps.suppression.selectors import entries_of
from apps.vendors.models import VendorAccount


@deed()
def note_unsubscribed(
    reference: str, kind: str, *, account: VendorAccount, since: datetime, by: Actor, at: datetime
) -> int:
    """Write on the entries that a ticket supports that its person had unsubscribed there; return how many are new.

    Repeats change nothing. It outlives the snapshot that knew it.
    """
    entries = entries_of(reference).filter(kind=kind)
    new = list(entries.exclude(unsubscribes__account=account).values_list("pk", flat=True))
    if not new:
        return 0
    EntryUnsubscribe.objects.bulk_create(EntryUnsubscribe(entry_id=pk, account=account, since=since) for pk in new)
    later = Q(unsubscribed_at=None) | Q(unsubscribed_at__gt=since)
    SuppressionEntry.objects.filter(later, pk__in=new).update(unsubscribed_at=since, unsubscribed_account=account)
    facts = {"account": account.name, "entries": len(new)}
    record("suppression.unsubscribe_noted", reference, by=by, at=at, facts=facts)
    return len(new)
