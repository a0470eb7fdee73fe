"""Tickets that a bulk approval leaves as they are, each with its reason."""

from dataclasses import dataclass

from apps.tickets.models import Erasure
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.moments import listed

MOST_NAMED = 20


@dataclass(frozen=True)
class LeftOut:
    """One ticket to be settled on its own page first, and why."""

    pk: int
    reference: str
    why: str


@dataclass(frozen=True)
class AllLeftOut:
    """The first of them by name, and how many more there are."""

    named: list[LeftOut]
    more: int


def with_open_choice(tickets: DeletionTicketQuerySet) -> DeletionTicketQuerySet:
    """Return the tickets on which somebody has to say first whose the found profiles are."""
    return tickets.filter(pk__in=Erasure.objects.with_open_choice().values("ticket"))


def left_out(tickets: DeletionTicketQuerySet) -> AllLeftOut:
    """Name the tickets with an open choice, the earliest due date first."""
    waiting = with_open_choice(tickets)
    first = list(waiting.order_by("due_at", "pk").values_list("pk", "reference")[:MOST_NAMED])
    reasons = _reasons([pk for pk, _ in first])
    named = [LeftOut(pk, reference, listed(reasons[pk])) for pk, reference in first]
    return AllLeftOut(named, waiting.count() - len(named))


def _reasons(pks: list[int]) -> dict[int, list[str]]:
    rows = Erasure.objects.with_open_choice().filter(ticket__in=pks).order_by("account__name", "kind")
    reasons: dict[int, list[str]] = {}
    for pk, account, owners in rows.values_list("ticket", "account__name", "before__owners"):
        reasons.setdefault(pk, []).append(f"{owners} different customer ids under one address at {account}")
    return reasons
