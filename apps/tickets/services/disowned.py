"""Ask again for people whom a vendor did not know, once a person has put the account's site or key right."""

from datetime import datetime

from django.db.models import Q

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.tickets.attention import Attention
from apps.tickets.models import Erasure
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.states import CLOSED, Doubt, ErasureStatus
from apps.vendors.models import VendorAccount

from . import doors

_DISOWNED = Q(status=ErasureStatus.REJECTED, attention=Attention.PRESENT_BUT_REFUSED) | Q(
    status=ErasureStatus.RETRY_WAIT, doubt=Doubt.SAID_ABSENT
)
_ANEW = {
    "doubt": Doubt.UNCLEAR,
    "attention": "",
    "tries": 0,
    "look_tries": 0,
    "window": 0,
    "lease_owner": "",
    "leased_until": None,
}


def ask_again(*, at: datetime) -> None:
    """Look up, and ask for, whom resumed accounts had not known in a row. Safe to repeat."""
    for account in VendorAccount.objects.filter(paused_at=None).exclude(to_ask_again=[]).order_by("name"):
        _ask_again(account, at=at)


@deed()
def _ask_again(account: VendorAccount, *, at: datetime) -> None:
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    for erasure in _disowned_by(row):
        changes = {**_ANEW, "fence": erasure.fence + 1, "not_before": at}
        if doors.move_erasure(erasure, ErasureStatus.RETRY_WAIT, expected=erasure.status, **changes):
            record("erasure.asked_again", erasure.subject, by=Actor.worker(), at=at)
            doors.follow_erasures(erasure.ticket_id, by=Actor.worker(), at=at)
    VendorAccount.objects.filter(pk=row.pk).update(to_ask_again=[])


def _disowned_by(account: VendorAccount) -> list[Erasure]:
    """Return those whom nobody has seen to meanwhile, be it by hand or by a corrected ticket."""
    rows: ErasureQuerySet = account.erasures.open().filter(_DISOWNED).exclude(ticket__status__in=CLOSED)
    found = rows.select_related("ticket", "account").order_by("pk")
    return [erasure for erasure in found if erasure.subject in set(account.to_ask_again)]
