"""What people try, each as one call on one ticket or erasure: the console refuses what does not fit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import IdentityBasis, SourcesPaused
from apps.tickets.services import approving, choosing, deciding, handling
from apps.tickets.states import DenialCode

WHY = "Because this is a test."


@dataclass(frozen=True)
class Try:
    """Who tries something on what, and when."""

    ticket: DeletionTicket
    erasure: Erasure
    by: Actor
    at: datetime

    @property
    def tickets(self):
        return DeletionTicket.objects.filter(pk=self.ticket.pk)

    @property
    def stamp(self) -> dict[str, object]:
        return {"by": self.by, "at": self.at}


def approve(one: Try) -> None:
    approving.approve(one.tickets, sources_paused=SourcesPaused.PAUSED, **one.stamp)


def mark_duplicate(one: Try) -> None:
    cover = DeletionTicket.objects.exclude(pk=one.ticket.pk).order_by("pk").first()
    if cover:
        deciding.mark_duplicate(one.ticket, cover=cover, **one.stamp)


def choose_all(one: Try) -> None:
    snapshot = one.erasure.before_id or 0
    choosing.choose_profiles(one.erasure, choice="all", uuids=(), text=WHY, snapshot=snapshot, **one.stamp)


ACTS: dict[str, Callable[[Try], object]] = {
    "verify": lambda one: deciding.verify_identity(one.tickets, basis=IdentityBasis.ELSEWHERE, **one.stamp),
    "approve": approve,
    "renew": lambda one: approving.renew_approval(one.ticket, **one.stamp),
    "deny": lambda one: deciding.deny(one.tickets, code=DenialCode.OTHER, text=WHY, **one.stamp),
    "cancel": lambda one: deciding.cancel(one.tickets, text=WHY, **one.stamp),
    "mark duplicate": mark_duplicate,
    "undo duplicate": lambda one: deciding.undo_duplicate(one.tickets, **one.stamp),
    "hold": lambda one: deciding.hold(one.tickets, text=WHY, **one.stamp),
    "release": lambda one: deciding.release(one.tickets, **one.stamp),
    "stop the rest": lambda one: handling.stop_rest(one.tickets, text=WHY, **one.stamp),
    "look now": lambda one: handling.look_now(one.ticket, **one.stamp),
    "retry": lambda one: handling.retry(one.erasure, **one.stamp),
    "close": lambda one: handling.close(one.erasure, text=WHY, **one.stamp),
    "exempt": lambda one: handling.exempt(one.erasure, text=WHY, **one.stamp),
    "by hand": lambda one: handling.record_by_hand(one.erasure, evidence=WHY, **one.stamp),
    "confirm by hand": lambda one: handling.confirm_by_hand(one.erasure, **one.stamp),
    "waive": lambda one: handling.waive_snapshot(one.erasure, text=WHY, **one.stamp),
    "confirm snapshot": lambda one: handling.confirm_snapshot(one.erasure, **one.stamp),
    "choose all": choose_all,
}
