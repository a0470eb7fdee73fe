"""What to expect of the erasures that wait: read in three queries, whatever their number, and laid out in turn.

What goes on by itself is forecast as things stand. What waits for a person is forecast as if everybody who has to
decide did so now, all of it together and in turn: due dates, not approvals, decide who would leave first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from apps.tickets.forecasting import NO_TIME, Expected, Waiting, answer_in, expect, last_safe
from apps.tickets.hurdles import NEVER_SENT, Hurdle, hurdle_of_account, hurdle_of_erasure, hurdle_of_ticket
from apps.tickets.models import Erasure
from apps.tickets.models.erasure import ErasureQuerySet, Waiver
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.states import CLOSED, SENDABLE, SENDABLE_ERASURE, Choice, ErasureStatus
from apps.tickets.verdicts import MOST_ROUNDS
from apps.vendors.accounts import Options
from apps.vendors.day import DAY
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.selectors import options_of

_E = ErasureStatus
_UNSENT = Q(status__in=SENDABLE_ERASURE, stop_asked_at=None) & ~Q(attention__in=NEVER_SENT)
_SENT = Q(status__in=[_E.SENDING, _E.ACCEPTED, _E.OUTCOME_UNKNOWN], attention="")
WINDOW = 2 * DAY  # what may still count against the vendor's day, wherever that begins


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect of one erasure. ``send_at`` is None once nothing more is to be sent.

    ``stored`` is what its row holds: when it leaves, and when it is answered.
    """

    erasure: int
    ticket: int
    reference: str
    kind: str
    due_at: datetime
    hurdle: Hurdle
    send_at: datetime | None
    answer_at: datetime
    stored: tuple[datetime | None, datetime | None]

    @property
    def is_late(self) -> bool:
        return self.answer_at > self.due_at

    @property
    def last_safe_at(self) -> datetime | None:
        """Return the latest moment to send at which the answer is still expected in time."""
        return last_safe(self.due_at, self.send_at, self.answer_at)


@dataclass(frozen=True)
class Backlog:
    """Everything that waits at one account, the earliest due date first."""

    account: VendorAccount
    forecasts: list[Forecast]


class _Row(NamedTuple):
    pk: int
    account: int
    ticket: int
    reference: str
    kind: str
    urgent: bool
    on_hold: bool
    ticket_status: str
    due_at: datetime
    leaves_at: datetime | None
    status: str
    attention: str
    not_before: datetime | None
    window: int
    round: int
    requests: int
    target: int
    choice: str
    owners: int | None
    waiver: str
    forecast_send_at: datetime | None
    forecast_at: datetime | None


_FIELDS = (
    "pk",
    "account_id",
    "ticket_id",
    "ticket__reference",
    "kind",
    "ticket__urgent",
    "ticket__on_hold",
    "ticket__status",
    "ticket__due_at",
    "ticket__leaves_at",
    "status",
    "attention",
    "not_before",
    "window",
    "round",
    "requests_needed",
    "target",
    "choice",
    "before__owners",
    "waiver",
    "forecast_send_at",
    "forecast_at",
)


def waiting_erasures() -> ErasureQuerySet:
    """Return what has a forecast: everything open that is still to be sent, or whose answer is awaited."""
    return Erasure.objects.open().filter(_UNSENT | _SENT).exclude(ticket__status__in=CLOSED)


def backlogs(*, at: datetime, account: str = "") -> list[Backlog]:
    """Return the backlog of every account, or of the one that is named."""
    rows = _rows(waiting_erasures().filter(**({"account__name": account} if account else {})))
    return _laid_out(rows, at=at)


def backlogs_if_approved(tickets: DeletionTicketQuerySet, approving: frozenset[int], *, at: datetime) -> list[Backlog]:
    """Return what leaves by itself once these tickets are approved, at the accounts that they need.

    ``approving`` holds the primary keys of ``tickets``.
    """
    pks = tickets.order_by().values("pk")
    chosen = waiting_erasures().filter(ticket__in=pks)
    leaving = waiting_erasures().filter(
        Q(ticket__in=pks) | Q(ticket__status__in=SENDABLE), account__in=chosen.values("account")
    )
    return _laid_out(_rows(leaving), at=at, approving=approving)


def _rows(erasures: ErasureQuerySet) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in erasures.order_by("ticket__due_at", "pk").values_list(*_FIELDS):
        found[row[1]].append(_Row._make(row))
    return found


def _laid_out(
    rows: Mapping[int, list[_Row]], *, at: datetime, approving: frozenset[int] = frozenset()
) -> list[Backlog]:
    accounts = VendorAccount.objects.filter(pk__in=rows).order_by("name")
    used = _used(rows, at=at)
    return [
        Backlog(account, _Layout(account, used[account.pk], at, approving).of(rows[account.pk])) for account in accounts
    ]


def _used(accounts: Iterable[int], *, at: datetime) -> dict[int, list[tuple[datetime, int]]]:
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    minutes = Usage.objects.filter(account__in=list(accounts), minute__gt=at - WINDOW, sends__gt=0)
    for account, minute, sends in minutes.values_list("account", "minute", "sends"):
        found[account].append((minute, sends))
    return found


class _Layout:
    """The forecasts of one account, at one moment."""

    def __init__(
        self, account: VendorAccount, used: list[tuple[datetime, int]], at: datetime, approving: frozenset[int]
    ):
        self._account = account
        self._options: Options = options_of(account)
        self._used = used
        self._at = at
        self._begins_at = max(at, account.rests_until or at)
        self._approving = approving
        self._answer_in = answer_in(self._options)
        self._paused = hurdle_of_account(is_active=account.is_active, is_paused=account.is_paused)

    def of(self, rows: list[_Row]) -> list[Forecast]:
        hurdles = {row.pk: self._hurdle(row) for row in rows}
        unsent = [waiting for row in rows if (waiting := self._waiting(row))]
        going = [waiting for waiting in unsent if not hurdles[waiting.pk]]
        expected = {} if len(going) == len(unsent) else self._expect(unsent)
        expected |= self._expect(going)
        return [self._forecast(row, hurdles[row.pk], expected.get(row.pk)) for row in rows]

    def _expect(self, waiting: list[Waiting]) -> dict[int, Expected]:
        begins_at = max(self._begins_at, self._account.day_closed_until or self._begins_at)
        return expect(waiting, self._options, self._used, begins_at=begins_at)

    def _hurdle(self, row: _Row) -> Hurdle:
        if self._paused == Hurdle.ACCOUNT_GONE:
            return self._paused
        if row.ticket not in self._approving and (of_ticket := _hurdle_of_ticket(row)):
            return of_ticket
        open_choice = not row.choice and (row.owners or 0) > 1
        return hurdle_of_erasure(row.status, row.attention, choice_is_open=open_choice) or self._paused

    def _waiting(self, row: _Row) -> Waiting | None:
        """Return what is still to be sent of an erasure: of an accepted one, further rounds."""
        requests, rounds = self._requests(row)
        if requests < 1:
            return None
        answer_in_, apart = (NO_TIME, NO_TIME) if row.waiver == Waiver.NO_LOOKUP else (self._answer_in, self._window)
        return Waiting(
            pk=row.pk,
            urgent=row.urgent,
            due_at=row.due_at,
            ready_at=self._ready_at(row),
            requests=requests,
            apart=apart if rounds else NO_TIME,
            answer_in=answer_in_,
        )

    def _requests(self, row: _Row) -> tuple[int, bool]:
        """Count the requests that are left, and tell whether they are rounds, with a look between them."""
        if row.choice == Choice.TICKED:
            return (max(1, row.requests - row.target) if row.status in SENDABLE_ERASURE else 0), False
        left = min(row.requests, max(1, MOST_ROUNDS - row.round + 1))
        return (left if row.status in SENDABLE_ERASURE else left - 1), True

    @property
    def _window(self) -> timedelta:
        return self._options.verify_after[0] if self._options.verify_after else NO_TIME

    def _ready_at(self, row: _Row) -> datetime:
        leaves_at = self._at + settings.COOLING_OFF if _hurdle_of_ticket(row) else row.leaves_at
        return max(moment for moment in (self._begins_at, row.not_before, leaves_at) if moment)

    def _forecast(self, row: _Row, hurdle: Hurdle, found: Expected | None) -> Forecast:
        return Forecast(
            erasure=row.pk,
            ticket=row.ticket,
            reference=row.reference,
            kind=row.kind,
            due_at=row.due_at,
            hurdle=hurdle,
            send_at=found and found.send_at,
            answer_at=found.answer_at if found else self._answered_at(row),
            stored=(row.forecast_send_at, row.forecast_at),
        )

    def _answered_at(self, row: _Row) -> datetime:
        """Return when the look after the next one is over; the last window has none after it."""
        windows = self._options.verify_after
        if row.not_before is None or not windows:
            return self._begins_at + self._answer_in
        after = windows[min(row.window + 1, len(windows) - 1)] - windows[min(row.window, len(windows) - 1)]
        return max(row.not_before, self._begins_at) + after


def _hurdle_of_ticket(row: _Row) -> Hurdle:
    """A hold stops what is to be sent; looks after a request go on."""
    return hurdle_of_ticket(row.ticket_status, on_hold=row.on_hold and row.status in SENDABLE_ERASURE)
