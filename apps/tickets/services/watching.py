"""Watch for people who come back after their erasure: by search where the account has it, else by finds."""

import time
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.tickets.models import Watch
from apps.tickets.selectors.due import workable_accounts
from apps.tickets.selectors.watched import watched
from apps.vendors.clients.client import Offer
from apps.vendors.clients.errors import Outcome, VendorError, VendorUnavailable
from apps.vendors.models import VendorAccount
from apps.vendors.registry import client_class, connect

from .claiming import worker_for
from .rechecking import recheck
from .rounds import Clock, Round, TurnLost
from .searching import search

ACCOUNT_TASK = "apps.tickets.tasks.watch_account"
SLICE_SECONDS = 20.0
LEASE = timedelta(minutes=5)  # of a run that died; the next ring comes after 15
SEARCH_AGAIN = "vendors.pause_vendoraccount"  # whoever minds the accounts
_WORDS = {
    Outcome.UNREACHED: "no connection",
    Outcome.BUSY: "the vendor is busy",
    Outcome.KEY_REFUSED: "the key is refused",
    Outcome.TLS_FAILED: "the certificate cannot be trusted",
}


def watch_all() -> None:
    """Ring once for each account that may be called: accounts are watched side by side."""
    for account in workable_accounts():
        ring(ACCOUNT_TASK, account.pk)


def watch(account: VendorAccount, *, clock: Clock, seconds: float = SLICE_SECONDS) -> Watch | None:
    """Run one slice for an account and return what it came to; None where nothing may or need be done now.

    What the vendor refuses ends the run and stands on the row; the next run tries again. Safe to repeat and to run
    anywhere at once: one run holds the row by lease, and one that lost it writes nothing more. No transaction is open
    while a request is out.
    """
    row = _take(account, at=clock()) if _is_to_watch(account, at=clock()) else None
    worker = worker_for(account) if row else None
    if worker is None:
        return None
    client, first_page = connect(worker.account), row.next_page
    try:
        with suppress(TurnLost):
            _run(Round(worker, row, client, clock, time.monotonic() + seconds))
    finally:
        client.close()
        Watch.objects.filter(pk=row.pk, leased_until=row.leased_until).update(leased_until=None)
    row.refresh_from_db()
    if row.next_page > first_page and not row.failure:
        ring(ACCOUNT_TASK, account.pk)  # pages are left
    return row


@deed()
def search_again(account: VendorAccount, *, by: Actor, at: datetime) -> bool:
    """Let the next run try a refused search at once, since the plan may have it now; False where none was refused."""
    by.require(SEARCH_AGAIN)
    asked = Watch.objects.filter(account=account, refused_at__isnull=False).update(refused_at=None)
    if asked:
        record("account.search_asked", account.reference, by=by, at=at)
        ring(ACCOUNT_TASK, account.pk)
    return bool(asked)


def _is_to_watch(account: VendorAccount, *, at: datetime) -> bool:
    account.refresh_from_db()
    return account.may_be_called(at) and watched(account, at=at).exists()


def _take(account: VendorAccount, *, at: datetime) -> Watch | None:
    """Take the account's row for one run; None where another run holds it."""
    searches = Offer.SEARCH in client_class(account.vendor).offers
    mode = Watch.Mode.SEARCH if searches else Watch.Mode.FINDS
    Watch.objects.get_or_create(account=account, defaults={"mode": mode})
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    if not Watch.objects.filter(free, account=account).update(leased_until=at + LEASE):
        return None
    return Watch.objects.select_related("account").get(account=account)


def _run(round_: Round) -> None:
    try:
        if not (_searches(round_) and _search(round_)):
            recheck(round_)
        round_.write(failure="")
    except VendorError as error:
        _fail(round_, error, at=round_.clock())


def _searches(round_: Round) -> bool:
    """Tell whether to search: not where the vendor has none, and a plan that refused it is asked again each day."""
    again_at = round_.watch.search_again_at
    offered = Offer.SEARCH in client_class(round_.account.vendor).offers
    return offered and (again_at is None or again_at <= round_.clock())


def _search(round_: Round) -> bool:
    """Search; False where the plan has none, which is remembered."""
    try:
        search(round_)
    except VendorUnavailable:
        round_.write(mode=Watch.Mode.FINDS, began_at=None, next_page=1)
        _note_refusal(round_)
        return False
    round_.write(mode=Watch.Mode.SEARCH, refused_at=None)
    return True


def _note_refusal(round_: Round) -> None:
    """Note when the search was refused; not where somebody asked to try again while it was out: that still stands."""
    row = round_.watch
    as_loaded = Watch.objects.filter(pk=row.pk, leased_until=row.leased_until, refused_at=row.refused_at)
    as_loaded.update(refused_at=round_.clock())


@deed()
def _fail(round_: Round, error: VendorError, *, at: datetime) -> None:
    answered = f"HTTP {error.http_status}" if error.http_status else "no readable answer"
    words = _WORDS.get(error.outcome, answered)
    round_.write(failure=words)
    round_.heed(error, round_.watch.subject, at=at)
