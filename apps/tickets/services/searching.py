"""Watch by search: one call for every hundred people who changed, whoever they are."""

from datetime import datetime, timedelta

from apps.audit.services import deed
from apps.tickets.models import Reappearance, Watch
from apps.tickets.selectors.watched import first_closed_at, records_erased, who_came_back
from apps.vendors.clients.answers import SearchPage
from apps.vendors.clients.bento_lookups import Search, Span
from apps.vendors.services.accounts import note_documented_answer

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
    _begin(round_.watch, at=round_.clock())
    records = records_erased(round_.account, at=round_.clock())
    for _ in range(PAGES):
        if not round_.reserve(1):
            return
        page = round_.client.lookups.search(_changed_since(round_.watch), page=round_.watch.next_page)
        _record(round_, page, records, at=round_.clock())
        if page.is_last:
            return


def _begin(watch: Watch, *, at: datetime) -> None:
    if watch.began_at is None:
        watch.began_at = at
        watch.watermark = watch.watermark or first_closed_at(watch.account, at=at) or at
        watch.save(update_fields=["began_at", "watermark"])


def _changed_since(watch: Watch) -> Search:
    return Search(updated_at=Span(gt=watch.watermark - OVERLAP))


@deed()
def _record(round_: Round, page: SearchPage, records: dict[str, int], *, at: datetime) -> None:
    by = round_.worker.by
    for erasure, profile in who_came_back(round_.account, page.profiles, records, at=at):
        note_reappearance(erasure, profile, seen_by=Reappearance.SeenBy.SEARCH, by=by, at=at)
    note_documented_answer(round_.account)
    _move_on(round_.watch, page, at=at)


def _move_on(watch: Watch, page: SearchPage, *, at: datetime) -> None:
    watch.checked += len(page.profiles)
    if page.is_last:
        watch.watermark, watch.began_at, watch.next_page = watch.began_at, None, 1
        watch.last_run_at = at
    else:
        watch.next_page = page.number + 1
    watch.save(update_fields=["checked", "watermark", "began_at", "next_page", "last_run_at"])
