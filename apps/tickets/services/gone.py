"""What waits at an account that the environment no longer names: a person is asked, until it is named again."""

from datetime import datetime

from apps.audit.actors import Actor
from apps.audit.services import deed, record_all
from apps.tickets.attention import Attention
from apps.tickets.models import Erasure
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.states import CLOSED

from .doors import CHUNK


def ask_about_gone_accounts(*, at: datetime) -> None:
    """Ask a person about whatever no worker may take up any more, and let go on what has its account back.

    Gone is what the last ``sync_vendors`` did not find: an account that another host alone names is not. What a worker
    still holds is left to its lease, and what a person was asked about already keeps its reason.
    """
    unasked = Erasure.objects.open().filter(attention="", leased_until=None).exclude(ticket__status__in=CLOSED)
    _tell(unasked.filter(account__is_active=False), Attention.ACCOUNT_GONE, "erasure.account_gone", at=at)
    asked = Erasure.objects.open().filter(attention=Attention.ACCOUNT_GONE)
    _tell(asked.filter(account__is_active=True), "", "erasure.account_back", at=at)


def _tell(rows: ErasureQuerySet, attention: str, action: str, *, at: datetime) -> None:
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        _tell_chunk(rows.filter(pk__in=pks[start : start + CHUNK]), attention, action, at=at)


@deed()
def _tell_chunk(rows: ErasureQuerySet, attention: str, action: str, *, at: datetime) -> None:
    """Judge the rows as they are under the deed's lock: a worker may have taken one since they were listed."""
    erasures = list(rows.select_related("ticket", "account").order_by("pk"))
    Erasure.objects.filter(pk__in=[erasure.pk for erasure in erasures]).update(attention=attention)
    record_all(action, [erasure.subject for erasure in erasures], by=Actor.worker(), at=at)
