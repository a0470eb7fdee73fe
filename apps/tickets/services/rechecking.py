"""Watch by finds, where a vendor has no search: one person after the other, the oldest check first."""

from datetime import datetime

from apps.audit.services import deed
from apps.jobs.services import ring
from apps.privacy.vault import VaultError
from apps.tickets.models import Erasure, Reappearance, Recheck
from apps.tickets.selectors.due import looks
from apps.tickets.selectors.identifiers import value_of
from apps.tickets.selectors.watched import findable
from apps.vendors.accounts import Options
from apps.vendors.clients.errors import VendorError
from apps.vendors.models import Lane
from apps.vendors.pace import Pace
from apps.vendors.registry import client_class
from apps.vendors.services.accounts import note_documented_answer
from apps.vendors.services.lanes import keep_lane, leave_lane, take_lane

from .claiming import Step, first_uuids
from .looking import Sighting, look, people_in
from .opening import LANE_TASK
from .reappearing import note_reappearance
from .rounds import Round

MINUTE = 60


def budget(options: Options) -> int:
    """Return the calls of one run: half a minute's worth of an account that may be asked every 15 minutes."""
    per_minute = options.per_minute or (options.per_second or 1) * MINUTE
    return max(1, per_minute // 2)


def recheck(round_: Round) -> None:
    """Find the people whose last check is the oldest, within the budget; raises VendorError.

    It takes a lane, so that it never runs beside ordinary work, and leaves it as soon as an ordinary look is due. Safe
    to repeat: a find changes nothing, and a record is noted once.
    """
    lane = take_lane(round_.account, owner=round_.worker.owner, at=round_.clock())
    if lane is None:
        return
    try:
        _find_some(round_, lane)
    finally:
        leave_lane(lane)
        ring(LANE_TASK, round_.account.pk)


def _find_some(round_: Round, lane: Lane) -> None:
    left, pace = budget(round_.worker.account.options), Pace(round_.worker.account.options)
    for erasure in findable(round_.account, at=round_.clock())[:left]:
        try:
            step = _step(erasure)
        except VaultError:  # nobody can be looked for without an address: the next person's turn
            _note_checked(erasure, at=round_.clock())
            continue
        if left <= 0 or not _may_find(round_, lane) or not round_.reserve(step.calls):
            return
        _record(round_, erasure, _find(round_, step, pace), at=round_.clock())
        left -= step.calls


def _may_find(round_: Round, lane: Lane) -> bool:
    at = round_.clock()
    ordinary = looks(round_.account, at=at).filter(not_before__lte=at, leased_until=None)
    return keep_lane(lane, at=at) and not ordinary.exists()


def _find(round_: Round, step: Step, pace: Pace) -> Sighting:
    """Look once; what cannot be looked up goes to the end of the round, so that it holds up nobody else."""
    try:
        return look(round_.client, step, pace)
    except VendorError:
        _note_checked(step.erasure, at=round_.clock())
        raise


def _step(erasure: Erasure) -> Step:
    by_uuid = erasure.before and client_class(erasure.account.vendor).looks_up_uuid
    value = value_of(erasure.identifier, erasure.ticket)
    return Step(erasure, value, uuids=first_uuids(erasure.before) if by_uuid else ())


@deed()
def _record(round_: Round, erasure: Erasure, sighting: Sighting, *, at: datetime) -> None:
    for profile in people_in(sighting):
        note_reappearance(erasure, profile, seen_by=Reappearance.SeenBy.FIND, by=round_.worker.by, at=at)
    note_documented_answer(round_.account)
    _note_checked(erasure, at=at)
    round_.watch.checked += 1
    round_.watch.last_run_at = at
    round_.watch.save(update_fields=["checked", "last_run_at"])


def _note_checked(erasure: Erasure, *, at: datetime) -> None:
    Recheck.objects.update_or_create(erasure=erasure, defaults={"checked_at": at})
