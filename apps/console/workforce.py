"""Who works, how long the queue is, and what is stuck, for the overview."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from apps.jobs.health import State, state_of
from apps.jobs.models import Keeper
from apps.jobs.selectors import Queue, keepers, queue
from apps.jobs.stuck import Stuck
from apps.tickets.models import DeletionTicket
from apps.tickets.selectors.stuck import stuck

MOST_SHOWN = 10


@dataclass(frozen=True)
class StuckLine:
    line: Stuck
    url: str


@dataclass(frozen=True)
class Workforce:
    """``stuck`` holds the oldest few, ``more`` counts the others."""

    keepers: list[tuple[Keeper, State]]
    queue: Queue
    stuck: list[StuckLine]
    more: int


def workforce(user: User | AnonymousUser, now: datetime) -> Workforce | None:
    """Return what whoever may see accounts sees of the workers; None for others."""
    if not user.has_perm("vendors.view_vendoraccount"):
        return None
    lines = stuck(at=now)
    kept = [(keeper, state_of(keeper, at=now)) for keeper in keepers()]
    return Workforce(kept, queue(), _with_urls(lines[:MOST_SHOWN]), max(0, len(lines) - MOST_SHOWN))


def _with_urls(lines: list[Stuck]) -> list[StuckLine]:
    references = [line.reference for line in lines if line.reference]
    found = dict(DeletionTicket.objects.filter(reference__in=references).values_list("reference", "pk"))
    return [StuckLine(line, _url(found.get(line.reference))) for line in lines]


def _url(pk: int | None) -> str:
    return reverse("admin:tickets_deletionticket_change", args=[pk]) if pk else ""
