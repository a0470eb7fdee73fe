"""Long runs of operators' calls: a file of subscribers, many commands, all pages of a search.

Each call is an act of its own, with its own event. A run waits for the account's per-minute limit, and ends with the
first answer that is not the documented one: what came before is done, what comes after was not sent.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from apps.audit.actors import Actor
from apps.tickets.errors import TicketError
from apps.tickets.subscriber_rows import SubscriberRow
from apps.vendors.clients.answers import Profile, Tally
from apps.vendors.clients.bento_lookups import Search
from apps.vendors.clients.bento_subscribers import IMPORT_LIMIT
from apps.vendors.clients.errors import VendorBusy, VendorError, VendorRefusal, VendorUnreached
from apps.vendors.clients.subscribers import Command
from apps.vendors.models import VendorAccount

from .subscribers import COMMANDS_AT_ONCE, Sent, command, import_subscribers, search
from .vendor_calls import AccountClosed, Clock, NoLook, NoSlot

LONGEST_WAIT = 120.0  # seconds for one call: twice the minute that the limit speaks of
_NAP = 0.5

Answer = TypeVar("Answer")
Tell = Callable[[int], None]


@dataclass
class Run:
    """What a run came to. Numbers are lines of a file, or places on the command line, from 1.

    ``refused`` is what the console itself did not send. A vendor's answer may leave more undone: ``rejected`` went out
    and was not taken, ``unclear`` may have been, ``unsent`` would have followed.
    """

    asked: int
    sent: int = 0
    taken: int = 0
    failed: int = 0
    refused: dict[int, str] = field(default_factory=dict)
    rejected: list[int] = field(default_factory=list)
    unclear: list[int] = field(default_factory=list)
    unsent: list[int] = field(default_factory=list)
    error: VendorError | None = None

    def add(self, numbers: Sequence[int], outcome: Sent) -> None:
        self.refused.update({numbers[place]: reason for place, reason in outcome.refused.items()})
        if isinstance(outcome.tally, Tally):
            self.sent += outcome.tally.sent
            self.taken += outcome.tally.taken
            self.failed += outcome.tally.failed

    def end(self, numbers: Sequence[int], later: Sequence[int], error: VendorError | TicketError) -> None:
        """Note the call that ended the run, by what the vendor did with it, or that the console did not make it."""
        if not isinstance(error, VendorError):
            self.refused.update(dict.fromkeys([*numbers, *later], f"not sent: {error}"))
            return
        self.error, self.unsent = error, list(later)
        if isinstance(error, VendorUnreached):
            self.unsent = [*numbers, *later]
        elif isinstance(error, VendorBusy | VendorRefusal):
            self.rejected = list(numbers)
        else:
            self.unclear = list(numbers)

    @property
    def left_undone(self) -> dict[int, str]:
        """Return each line that is to be sent again, or looked into, and why."""
        answered = f"HTTP {self.error.http_status}" if self.error and self.error.http_status else "no readable answer"
        return {
            **self.refused,
            **dict.fromkeys(self.rejected, f"sent, and not taken by the vendor: {answered}"),
            **dict.fromkeys(self.unclear, f"sent, and nobody knows whether it was taken: {answered}"),
            **dict.fromkeys(self.unsent, "not sent: the run had ended before"),
        }


@dataclass(frozen=True)
class Found:
    """The profiles of some pages; `more` says that the last one was full, so another may follow."""

    profiles: tuple[Profile, ...]
    pages: int
    more: bool


def import_rows(account: VendorAccount, rows: Sequence[SubscriberRow], *, by: Actor, clock: Clock, tell: Tell) -> Run:
    """Import the good rows, a thousand a call. `tell` hears how many lines are behind."""
    numbered = [(row.line, row.subscriber) for row in rows if row.subscriber]
    run = Run(asked=len(rows), refused={row.line: row.reason for row in rows if not row.subscriber})
    send = partial(import_subscribers, account, by=by, clock=clock)
    _go_through(run, numbered, IMPORT_LIMIT, send, tell)
    tell(len(rows))
    return run


def run_commands(account: VendorAccount, commands: Sequence[Command], *, by: Actor, clock: Clock, tell: Tell) -> Run:
    """Send commands after a look at each person, as many at a time as the account's minute grants in one go."""
    run = Run(asked=len(commands))
    burst = (account.per_minute or COMMANDS_AT_ONCE * 8) // 8  # more would need an idle minute of their own
    at_once = min(COMMANDS_AT_ONCE, max(1, burst))
    send = partial(command, account, by=by, clock=clock)
    _go_through(run, list(enumerate(commands, start=1)), at_once, send, tell)
    return run


def search_pages(
    account: VendorAccount, wanted: Search, *, first: int, most: int, by: Actor, clock: Clock, tell: Tell
) -> Found:
    """Read up to `most` pages and stop at one that is not full. Raises VendorError; pages read before are lost then."""
    profiles: list[Profile] = []
    for page in range(first, first + most):
        found = _patiently(partial(search, account, wanted, page=page, by=by, clock=clock))
        profiles.extend(found.profiles)
        tell(page - first + 1)
        if found.is_last:
            break
    return Found(tuple(profiles), page - first + 1, not found.is_last)


def _go_through(
    run: Run, numbered: Sequence[tuple[int, object]], at_once: int, send: Callable[[Sequence], Sent], tell: Tell
) -> None:
    for start in range(0, len(numbered), at_once):
        some = numbered[start : start + at_once]
        numbers = [number for number, _ in some]
        try:
            run.add(numbers, _patiently(partial(send, [each for _, each in some])))
        except (VendorError, AccountClosed, NoLook, NoSlot) as error:
            run.end(numbers, [number for number, _ in numbered[start + at_once :]], error)
            return
        tell(start + len(some))


def _patiently(act: Callable[[], Answer]) -> Answer:
    """Wait for a slot of the account's minute, as a person at a shell would."""
    ends = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            return act()
        except NoSlot:
            if time.monotonic() > ends:
                raise
            time.sleep(_NAP)
