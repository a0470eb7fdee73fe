"""What is known of a person who came back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from apps.privacy.digests import digests
from apps.privacy.identifiers import InvalidIdentifier, Kind
from apps.privacy.vault import Shredded, VaultError, unseal
from apps.suppression.models import EntrySource
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure, Reappearance
from apps.tickets.records import plain
from apps.tickets.sharing import awaited
from apps.tickets.states import SENDABLE_ERASURE, ErasureStatus, TicketStatus

from .identifiers import digests_of, identifiers_of, is_same, tickets_about

_SURELY_GONE = frozenset({ErasureStatus.VERIFIED_ABSENT, ErasureStatus.NOT_FOUND, ErasureStatus.MANUAL})


class IdentifiersDestroyed(TicketError):
    """Nothing in this console names the person any more."""


@dataclass(frozen=True)
class Evidence:
    """The record as it was seen, unsealed; ``repr`` shows nothing of it."""

    email: str = field(repr=False)
    customer_id: str = field(repr=False)
    created_at: str | None
    unsubscribed: bool | None
    unsubscribed_at: str | None
    tags: list[str] = field(repr=False)
    fields: Mapping[str, object] = field(repr=False)


# The entry of the erased ticket tells that its person had unsubscribed there: it outlives the snapshot.
_REMEMBERED = Exists(
    EntrySource.objects.filter(
        kind=EntrySource.Kind.TICKET,
        reference=OuterRef("ticket__reference"),
        withdrawn_at=None,
        entry__lifted_at=None,
        entry__kind=OuterRef("erasure__kind"),
        entry__unsubscribes__account=OuterRef("account_id"),
    )
)


def with_memory(rows: QuerySet[Reappearance]) -> QuerySet[Reappearance]:
    """Add ``remembered`` to each row: whether a suppression entry keeps that its person had unsubscribed there."""
    return rows.annotate(remembered=_REMEMBERED)


def is_remembered(row: Reappearance) -> bool:
    """Ask for one row what with_memory adds to many."""
    return Reappearance.objects.filter(_REMEMBERED, pk=row.pk).exists()


def undecided() -> QuerySet[Reappearance]:
    return Reappearance.objects.filter(status=Reappearance.Status.OPEN)


def load_reappearance(pk: int) -> Reappearance | None:
    """Return the row with all that its page and its deeds need, or None."""
    related = ("ticket__key", "erasure__ticket", "erasure__account", "erasure__before__key", "erasure__identifier")
    rows = Reappearance.objects.select_related(*related, "account", "key", "decided_by", "follow_up")
    return rows.filter(pk=pk).first()


def evidence_of(reappearance: Reappearance) -> Evidence:
    """Return what was seen; raises Shredded once it was destroyed, by itself or with its key."""
    if reappearance.evidence is None:
        raise Shredded("What was seen was destroyed some time after the decision.")
    text = unseal(reappearance.key, reappearance.evidence, name=reappearance.evidence_name)
    return Evidence(**json.loads(text))


def identifiers_again(reappearance: Reappearance) -> dict[str, str]:
    """Return the closed ticket's identifiers, the address as the vendor spells it now; raises IdentifiersDestroyed.

    Bento tells capitals apart, so the spelling that came back is the one to erase. Another address on the old record is
    not taken over: nobody has shown whose it is.
    """
    try:
        seen = evidence_of(reappearance).email
    except VaultError:
        seen = ""
    try:
        typed = identifiers_of(reappearance.ticket)
    except Shredded:
        typed = {}
    if not typed and not seen:
        raise IdentifiersDestroyed(
            "The identifiers were destroyed. Open a ticket with the address that the vendor shows."
        )
    is_the_same = not typed or is_same(Kind.EMAIL, typed.get(Kind.EMAIL, ""), seen)
    return {**typed, Kind.EMAIL.value: seen} if is_the_same else typed


def ticket_under_way(reappearance: Reappearance, identifiers: Mapping[str, str]) -> DeletionTicket | None:
    """Return an open ticket about the same person that has yet to send at this account, or None."""
    for kind, value in identifiers.items():
        others = tickets_about(kind, value).open().exclude(status=TicketStatus.AWAITING_IDENTITY)
        unsent = others.filter(
            erasures__account=reappearance.account,
            erasures__kind=reappearance.erasure.kind,
            erasures__status__in=SENDABLE_ERASURE,
            erasures__closed_at=None,
        )
        if found := unsent.exclude(pk=reappearance.ticket_id).order_by("pk").first():
            return found
    return None


def erased_since(reappearance: Reappearance) -> DeletionTicket | None:
    """Return the ticket that erased this very record after it was seen, where that was proved, or None."""
    later = Erasure.objects.filter(
        account_id=reappearance.account_id,
        identifier__digest__in=_digests_of(reappearance),
        status__in=_SURELY_GONE,
        closed_at__gt=reappearance.first_seen_at,
    )
    for erasure in later.select_related("ticket", "before").order_by("closed_at", "pk"):
        if plain(reappearance.new_uuid) in awaited(erasure):
            return erasure.ticket
    return None


def reappearances_of(ticket: DeletionTicket) -> list[Reappearance]:
    """Return what came back after a ticket, and what the ticket is to erase again; the latest first."""
    after = Reappearance.objects.filter(ticket=ticket) | Reappearance.objects.filter(follow_up=ticket)
    return list(after.select_related("account", "ticket").order_by("-first_seen_at", "-pk"))


def _digests_of(reappearance: Reappearance) -> list[bytes]:
    """Return the digests of the identifier that was erased, and of the address that was seen."""
    known = digests_of(reappearance.erasure.identifier, reappearance.ticket)
    try:
        return [*known, *(keyed.value for keyed in digests(Kind.EMAIL, evidence_of(reappearance).email))]
    except (VaultError, InvalidIdentifier):
        return known
