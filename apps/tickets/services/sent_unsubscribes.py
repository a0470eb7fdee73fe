"""Keep a second unsubscribe from leaving before a look can show the first: it would move the date."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from apps.audit.services import deed
from apps.tickets.models import SentUnsubscribe
from apps.tickets.models.sent_unsubscribe import TAKES_EFFECT_WITHIN
from apps.tickets.selectors.acts_due import erasures_under, why_not_yet
from apps.vendors.clients.errors import VendorBusy, VendorRefusal
from apps.vendors.models import VendorAccount

Keyed = Sequence[bytes]


@deed()
def note_unsubscribe(account: VendorAccount, keyed: Keyed, *, sent_by: str, at: datetime) -> str:
    """Note, before it leaves, that an unsubscribe is sent; return the reason where another one was, and note nothing.

    The deletions of that person wait until it has taken effect: one that it followed would leave them created anew.
    ``keyed`` are the digests of the address under every active pepper. The deed's lock lets one of two callers pass.
    """
    reason = why_not_yet(account, keyed, at=at)
    if not reason:
        SentUnsubscribe.objects.filter(account=account, digest__in=keyed).delete()
        SentUnsubscribe.objects.bulk_create(
            SentUnsubscribe(account=account, digest=value, sent_by=sent_by, sent_at=at) for value in keyed
        )
        _put_off_deletions(account, keyed, until=at + TAKES_EFFECT_WITHIN)
    return reason


@contextmanager
def taken_back_if_refused(account: VendorAccount, keyed: Keyed) -> Iterator[None]:
    """Forget what was noted where the vendor answers that nothing happened; after any other answer it may have."""
    try:
        yield
    except (VendorBusy, VendorRefusal):
        SentUnsubscribe.objects.filter(account=account, digest__in=keyed).delete()
        raise


def forget_unsubscribes(*, at: datetime) -> None:
    """Drop the digests of addresses once a look shows what became of them."""
    pending = SentUnsubscribe.objects.pending(at)
    SentUnsubscribe.objects.exclude(pk__in=pending.values("pk")).delete()


def _put_off_deletions(account: VendorAccount, keyed: Keyed, *, until: datetime) -> None:
    erasures_under(account, keyed).filter(not_before__lt=until).update(not_before=until)
