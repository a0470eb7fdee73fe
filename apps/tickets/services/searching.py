"""Watch by search: one call for every hundred people who changed, whoever they are."""

from datetime import datetime, timedelta

from apps.audit.services import deed
from apps.tickets.models import Reappearance, Watch
from apps.tickets.selectors.watched import first_closed_at, records_erased, who_came_back
from apps.vendors.clients.answers import SearchPage
from apps.vendors.clients.bento_lookups import Search, Span

from .reappearing import note_reappearance
from .rounds import Round

PAGES = 20  # of one run; a later run goes on with the next page
# Clocks differ, an import takes up to five minutes to appear, and pages shift while they are read.
OVERLAP = timedelta(minutes=10)


def search(round_: Round) -> None:
    """Read whatever changed since the watermark, page by page; raises VendorError.

    Safe to repeat: a page and how far it brought the watch are recorded together, and a record is noted once. Bento
    shows no date of change, so the watermark is the moment at which the search began.
    """
    _begin(round_, at=round_.clock())
    records = records_erased(round_.account, at=round_.clock())
    for _ in range(PAGES):
        if not round_.reserve(1):
            return
        round_.pace.wait()
        page = round_.client.lookups.search(_changed_since(round_.watch), page=round_.watch.next_page)
        _record(round_, page, records, at=round_.clock())
        if page.is_last:
            return


def _begin(round_: Round, *, at: datetime) -> None:
    watch = round_.watch
    if watch.began_at is None:
        watermark = watch.watermark or first_closed_at(watch.account, at=at) or at
        round_.write(began_at=at, watermark=watermark)


def _changed_since(watch: Watch) -> Search:
    return Search(updated_at=Span(gt=watch.watermark - OVERLAP))


@deed()
def _record(round_: Round, page: SearchPage, records: dict[str, int], *, at: datetime) -> None:
    by = round_.worker.by
    for erasure, profile in who_came_back(round_.account, page.profiles, records, at=at):
        note_reappearance(erasure, profile, seen_by=Reappearance.SeenBy.SEARCH, by=by, at=at)
    round_.heed(page, round_.watch.subject, at=at)
    _move_on(round_, page, at=at)


def _move_on(round_: Round, page: SearchPage, *, at: datetime) -> None:
    watch = round_.watch
    checked = watch.checked + len(page.profiles)
    if page.is_last:
        round_.write(checked=checked, watermark=watch.began_at, began_at=None, next_page=1, last_run_at=at)
    else:
        round_.write(checked=checked, next_page=page.number + 1)
