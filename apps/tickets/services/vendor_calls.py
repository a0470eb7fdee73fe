"""Let an operator call a vendor: admitted first, inside the account's limits, and with an event whatever happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from apps.audit.actors import Actor
from apps.audit.chain import Fact
from apps.audit.services import deed, record
from apps.tickets.errors import TicketError
from apps.vendors.accounts import Account, AccountError
from apps.vendors.clients.answers import Look
from apps.vendors.clients.client import Offer, VendorClient
from apps.vendors.clients.errors import Outcome, VendorError
from apps.vendors.models import VendorAccount
from apps.vendors.registry import client_class, connect
from apps.vendors.selectors import configuration_of
from apps.vendors.services.heeding import hear, heed
from apps.vendors.services.pacing import OwnPace, pace_in_words, reserve_looks
from apps.vendors.services.quota import give_back_send, reserve_sends
from apps.vendors.states import why_not_called

WRITE = "vendors.write_subscribers"
LOOK_LIFE = timedelta(seconds=60)
_INTERRUPTED = "interrupted"
_REFUSED = "refused"
_NEVER_LEFT = frozenset({Outcome.UNREACHED.value, Outcome.TLS_FAILED.value})

Clock = Callable[[], datetime]


class NotOffered(TicketError):
    """The vendor, or this host, cannot do that."""


class AccountClosed(TicketError):
    """The account takes no calls now."""


class NoSlot(TicketError):
    """The account's pace has no call free; nothing was sent, and a try a little later may succeed."""


class PersonRefused(TicketError):
    """A guard kept a call from this one person; nothing was sent."""


class NoLook(PersonRefused):
    """The look before an act brought no sure answer, so the act was not sent."""


@dataclass
class Call:
    """One admitted act: a connection, and what its event will say. `counts` hold numbers and codes, nobody's data."""

    account: VendorAccount
    configuration: Account
    connection: VendorClient = field(repr=False)
    clock: Clock
    outcome: str = _INTERRUPTED
    http_status: int | None = None
    error: VendorError | None = None
    counts: dict[str, Fact] = field(default_factory=dict)
    send_counted_at: datetime | None = None
    began_at: datetime | None = None

    @property
    def client(self) -> VendorClient:
        """The connection for one request, once ``per_second`` lets it begin: take it anew for each."""
        OwnPace(self.account, self.configuration.options, self.clock).wait()
        self.began_at = self.clock()
        return self.connection

    def accept(self, http_status: int, **counts: int) -> None:
        """Note the documented answer. Whoever forgets it leaves an event that says interrupted."""
        self.outcome, self.http_status = Outcome.ACCEPTED.value, http_status
        self.counts.update(counts)

    def refuse(self) -> None:
        """Note that a guard ended the act, unless an answer of the vendor is noted already."""
        self.outcome = _REFUSED if self.error is None else self.outcome

    def fail(self, error: VendorError) -> None:
        self.outcome, self.http_status, self.error = error.outcome.value, error.http_status, error

    def look_first(self, email: str) -> tuple[Look, datetime]:
        """Read what is held before an act, with the moment from which the look ages. Raises NoLook."""
        client = self.client
        try:
            return client.look("email", email), self.began_at
        except VendorError as error:
            self.fail(error)
            raise NoLook(f"Nothing was sent, for the look before it failed. {error}") from error

    @transaction.atomic
    def take_send(self) -> None:
        """Count one deletion against the vendor's day. Raises AccountClosed where the day is used up."""
        at, options = self.clock(), self.configuration.options
        if not reserve_sends(self.account, options, wanted=1, urgent=False, at=at):
            raise AccountClosed(f"The account {self.account.name} has no deletion left of {options.per_day} a day.")
        self.send_counted_at = at

    def is_stale(self, looked_at: datetime) -> bool:
        return self.clock() - looked_at > LOOK_LIFE


@contextmanager
def vendor_call(account: VendorAccount, offer: Offer, *, calls: int, by: Actor, clock: Clock) -> Iterator[Call]:
    """Admit one act of `calls` requests and yield its connection; no transaction is open while the body runs.

    Raises NotAllowed, NotOffered, AccountClosed or NoSlot before anything leaves. From then on one event
    `subscriber.<offer>` is written, on a VendorError and on an interrupt too.
    """
    by.require(WRITE)
    configuration = _open_configuration(account, offer, at=clock())
    _reserve(account, configuration, calls=calls, at=clock())
    call = Call(account, configuration, connect(configuration), clock)
    try:
        yield call
    except VendorError as error:
        call.fail(error)
        raise
    except TicketError:
        call.refuse()
        raise
    finally:
        call.connection.close()
        _settle(call, offer, by=by, at=clock())


def _open_configuration(account: VendorAccount, offer: Offer, *, at: datetime) -> Account:
    row = VendorAccount.objects.get(pk=account.pk)
    client = client_class(row.vendor)
    if offer not in client.offers:
        raise NotOffered(f"{client.label} has no “{offer}”.")
    if not row.is_active:
        raise AccountClosed(f"The environment no longer names the account {row.name}.")
    if not row.may_be_called(at):
        raise AccountClosed(f"The account {row.name} {why_not_called(row, at=at)}")
    try:
        return configuration_of(row)
    except AccountError as error:
        raise NotOffered(str(error)) from None


@transaction.atomic
def _reserve(account: VendorAccount, configuration: Account, *, calls: int, at: datetime) -> None:
    options = configuration.options
    if not reserve_looks(account, options, wanted=calls, at=at):
        raise NoSlot(
            f"The account {account.name} takes {pace_in_words(options.per_minute)}, shared with the workers: none is "
            "free at this moment, so nothing was sent. Try again a little later."
        )


@deed()
def _settle(call: Call, offer: Offer, *, by: Actor, at: datetime) -> None:
    """Record the act, let the account wait where the vendor was busy, and return a deletion that never left.

    A refused key pauses nothing here: a 403 may mean this one call, and the next look of a worker tells.
    """
    if call.outcome == Outcome.BUSY:
        heard = hear(call.error, call.account.reference, began_at=call.began_at or at)
        heed(call.account, call.configuration.options, heard, by=by, at=at)
    if call.send_counted_at is not None and call.outcome in _NEVER_LEFT:
        give_back_send(call.account, sent_at=call.send_counted_at)
    facts = {"outcome": call.outcome, "http_status": call.http_status, **call.counts}
    record(f"subscriber.{offer.name.lower()}", call.account.reference, by=by, at=at, facts=facts)
