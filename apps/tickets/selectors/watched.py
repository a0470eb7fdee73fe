"""Whom the watch looks out for: erased at an account, and still kept away by a suppression list."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, Min, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from apps.privacy.digests import digests
from apps.privacy.identifiers import InvalidIdentifier, Kind
from apps.suppression.selectors import held_for_tickets
from apps.tickets.models import Erasure
from apps.tickets.records import plain
from apps.tickets.states import ErasureStatus
from apps.vendors.clients.answers import Profile
from apps.vendors.models import VendorAccount
from apps.vendors.registry import client_class

_GONE = frozenset(
    {ErasureStatus.VERIFIED_ABSENT, ErasureStatus.ACCEPTED, ErasureStatus.NOT_FOUND, ErasureStatus.MANUAL}
)


def watched(account: VendorAccount, *, at: datetime) -> QuerySet[Erasure]:
    """Return the closed erasures whose person should not be seen again; lifting the suppression ends the watch.

    The suppression entry names the ticket, so a person is still watched after the ticket was redacted.
    """
    kept_away = held_for_tickets(at).filter(reference=OuterRef("ticket__reference"), entry__kind=OuterRef("kind"))
    gone = Erasure.objects.filter(
        account=account,
        kind__in=client_class(account.vendor).looks_up,
        status__in=_GONE,
        closed_at__isnull=False,
    )
    return gone.filter(Exists(kept_away)).select_related("ticket__key", "account", "identifier", "before")


def first_closed_at(account: VendorAccount, *, at: datetime) -> datetime | None:
    """Return when the watch of an account has to begin; None where there is nobody to watch."""
    return watched(account, at=at).aggregate(first=Min("closed_at"))["first"]


def findable(account: VendorAccount, *, at: datetime) -> QuerySet[Erasure]:
    """Return whom a find can be made for, the oldest check first; what else their tickets wait for does not matter."""
    readable = watched(account, at=at).filter(ticket__key__shredded_at=None)
    seen = readable.annotate(
        seen_at=Coalesce("recheck__checked_at", "closed_at"), checks=Coalesce("recheck__checks", 0)
    )
    return seen.order_by("seen_at", "pk")


def records_erased(account: VendorAccount, *, at: datetime) -> dict[str, int]:
    """Return the erasure of each record that a before snapshot named; of several, the one closed last."""
    rows = watched(account, at=at).filter(before__profiles__gt=0).order_by("closed_at", "pk")
    pairs = rows.select_related(None).values_list("pk", "before__vendor_uuids").iterator()
    return {plain(uuid): pk for pk, uuids in pairs for uuid in uuids}


def who_came_back(
    account: VendorAccount, profiles: Iterable[Profile], records: dict[str, int], *, at: datetime
) -> list[tuple[Erasure, Profile]]:
    """Match what a search found with whom was erased, by record first and then by address.

    An anonymized record stays in search with a fresh date and nobody in it: it is no one who came back.
    """
    seen = [profile for profile in profiles if profile.personal]
    by_digest = _erased_by_digest(account, [keyed for profile in seen for keyed in _digests(profile)], at=at)
    matches = [(profile, _match(profile, records, by_digest)) for profile in seen]
    erasures = watched(account, at=at).in_bulk([pk for _, pk in matches if pk])
    return [(erasures[pk], profile) for profile, pk in matches if pk in erasures]


def _match(profile: Profile, records: dict[str, int], by_digest: dict[bytes, int]) -> int | None:
    pks = [records.get(plain(profile.uuid)), *(by_digest.get(keyed) for keyed in _digests(profile))]
    return next((pk for pk in pks if pk), None)


def _erased_by_digest(account: VendorAccount, wanted: list[bytes], *, at: datetime) -> dict[bytes, int]:
    """Return the erasure closed last for each address that a list blocks because of a ticket."""
    blocked = held_for_tickets(at).filter(entry__kind=Kind.EMAIL, entry__digest__in=wanted)
    digest_of = {reference: bytes(keyed) for reference, keyed in blocked.values_list("reference", "entry__digest")}
    closed = watched(account, at=at).filter(kind=Kind.EMAIL, ticket__reference__in=list(digest_of))
    pairs = closed.order_by("closed_at", "pk").values_list("ticket__reference", "pk")
    return {digest_of[reference]: pk for reference, pk in pairs}


def _digests(profile: Profile) -> list[bytes]:
    """Digest the address under every pepper, whatever its capitals; what a vendor holds may be no address at all."""
    try:
        return [keyed.value for keyed in digests(Kind.EMAIL, profile.email)]
    except InvalidIdentifier:
        return []
