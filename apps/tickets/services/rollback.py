"""Send nothing from a database that was put back to an older state: what it lacks may have been sent."""

from datetime import datetime

from apps.audit import anchor
from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.vendors.models import VendorAccount
from apps.vendors.services.accounts import pause


def stop_if_rolled_back(*, by: Actor, at: datetime) -> bool:
    """Pause every account where this database is older than its anchor, and tell so; a named person resumes each.

    The anchor is put aside afterwards: a crash in between pauses what is paused, and records it again.
    """
    if not anchor.is_ahead():
        return False
    _stop(by=by, at=at)
    anchor.lift()
    anchor.drop()
    return True


@deed()
def _stop(*, by: Actor, at: datetime) -> None:
    missing = anchor.read()
    for account in VendorAccount.objects.usable().order_by("pk"):
        pause(account, VendorAccount.Pause.ROLLED_BACK, by=by, at=at)
    facts = {"anchored_event": missing.seq, "anchored_link": missing.link}
    record("ledger.rolled_back", "ledger", by=by, at=at, facts=facts)
