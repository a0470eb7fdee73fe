"""Which unsubscribes that staff asked for are due, and whom they are about."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min, Q

from apps.privacy.identifiers import Kind
from apps.tickets.arrivals import MAY_HAVE_ARRIVED
from apps.tickets.models import Erasure, SentUnsubscribe, SubscriberAct
from apps.tickets.models.erasure import ErasureQuerySet
from apps.tickets.models.subscriber_act import SubscriberActQuerySet
from apps.tickets.states import CLOSED, Spelling
from apps.tickets.unsubscribes import why_not_twice
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import accounts_of_this_host

from .identifiers import value_of
from .reappearances import identifiers_again


def due_acts(*, at: datetime) -> SubscriberActQuerySet:
    """Return the acts whose next step may be made on this host now; one in a worker's hands only once it was lost."""
    free = Q(leased_until=None, not_before__lte=at) | Q(leased_until__lte=at)
    acts = SubscriberAct.objects.under_way().filter(free, erasure__account__in=accounts_of_this_host())
    return acts.order_by("not_before", "pk")


def next_act_at() -> datetime | None:
    """Return when the next act is due on this host; one that is held up is not."""
    acts = SubscriberAct.objects.under_way().filter(erasure__account__in=accounts_of_this_host())
    return acts.exclude(outcome=SubscriberAct.Outcome.HELD_UP).aggregate(first=Min("not_before"))["first"]


def erasures_under(account: VendorAccount, keyed: Sequence[bytes]) -> ErasureQuerySet:
    """Return the open erasures of an address at an account, whichever ticket they belong to; ``keyed``: its digests."""
    rows = Erasure.objects.open().filter(account=account, identifier__digest__in=keyed)
    return rows.exclude(ticket__status__in=CLOSED)


def is_deletion_on_its_way(account: VendorAccount, keyed: Sequence[bytes]) -> bool:
    """Tell whether a vendor may yet delete whoever has this address, so that a command could create them anew."""
    return erasures_under(account, keyed).filter(MAY_HAVE_ARRIVED).exists()


def why_not_yet(account: VendorAccount, keyed: Sequence[bytes], *, at: datetime) -> str:
    """Return why no unsubscribe may leave for an address yet, or nothing; ``keyed`` are its digests."""
    sent = SentUnsubscribe.objects.pending(at).filter(account=account, digest__in=keyed).first()
    return why_not_twice(sent, at) if sent else ""


def address_of(act: SubscriberAct) -> str:
    """Return the address in the spelling that a look found; raises VaultError or TicketError once it was destroyed."""
    if act.reappearance is not None:
        return identifiers_again(act.reappearance)[Kind.EMAIL]
    typed = value_of(act.erasure.identifier, act.erasure.ticket)
    return typed.lower() if act.erasure.spelling == Spelling.LOWERCASE else typed
