"""What an approval would come to: when it is finished, and whose due date is missed. Counted before the click."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from apps.tickets.foretelling import Foretold, LateTicket, foretell_approval
from apps.tickets.hurdles import Hurdle
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.states import TicketStatus

from .forecasts import Forecast, backlogs_if_approved

# What was approved before and needs nobody's decision about itself; a resumed account lets it go first.
_BY_ITSELF = frozenset({Hurdle.NONE, Hurdle.PAUSED})


@dataclass(frozen=True)
class Approval:
    """The forecast of some tickets as if they were approved now, laid out together with all that leaves already.

    ``others``: the forecasts of what was approved before.
    """

    chosen: list[Forecast]
    others: list[Forecast]

    @cached_property
    def answered_at(self) -> dict[int, datetime]:
        """Return for each ticket when its last answer is expected."""
        found: dict[int, datetime] = {}
        for forecast in self.chosen:
            found[forecast.ticket] = max(forecast.answer_at, found.get(forecast.ticket, forecast.answer_at))
        return found

    @property
    def finish_at(self) -> datetime | None:
        return max(self.answered_at.values(), default=None)

    @cached_property
    def late(self) -> list[LateTicket]:
        return _late(self.chosen)

    @cached_property
    def others_late(self) -> list[LateTicket]:
        return _late(self.others)

    @property
    def hurdles(self) -> list[Hurdle]:
        """Return what a person has to do beside the approval, the worst first."""
        return sorted({row.hurdle for row in self.chosen if row.hurdle}, key=list(Hurdle).index)

    def told(self, now: datetime) -> list[Foretold]:
        """Say it in words, for whoever is about to approve."""
        return foretell_approval(self.finish_at, self.late, self.others_late, now, hurdles=self.hurdles)


def forecast_approval(tickets: DeletionTicketQuerySet, *, at: datetime) -> Approval:
    """Forecast those of the tickets that wait for approval."""
    return forecast_renewal(tickets.filter(status=TicketStatus.PENDING_APPROVAL), at=at)


def forecast_renewal(tickets: DeletionTicketQuerySet, *, at: datetime) -> Approval:
    """Forecast tickets whatever their state, in four queries."""
    pks = frozenset(tickets.values_list("pk", flat=True))
    found = [forecast for backlog in backlogs_if_approved(tickets, pks, at=at) for forecast in backlog.forecasts]
    return Approval(
        chosen=[forecast for forecast in found if forecast.ticket in pks],
        others=[forecast for forecast in found if forecast.ticket not in pks and forecast.hurdle in _BY_ITSELF],
    )


def _late(forecasts: list[Forecast]) -> list[LateTicket]:
    tickets = {row.ticket: LateTicket(row.reference, row.due_at) for row in forecasts if row.is_late}
    return sorted(tickets.values(), key=lambda ticket: (ticket.due_at, ticket.reference))
