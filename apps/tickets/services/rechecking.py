"""Watch by finds, where a vendor has no search: one person after the other, the oldest check first."""

from collections.abc import Sequence
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
from apps.vendors.registry import client_class
from apps.vendors.services.lanes import keep_lane, leave_lane, take_lane

from .claiming import MOST_UUIDS, Step
from .opening import LANE_TASK
from .reappearing import note_reappearance
from .rounds import Round
from .sighting import Sighting, look, people_in

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
    left = budget(round_.worker.account.options)
    for erasure in findable(round_.account, at=round_.clock())[:left]:
        try:
            step = _step(erasure, at=round_.clock())
        except VaultError:  # nobody can be looked for without an address: the next person's turn
            _note_checked(erasure, at=round_.clock())
            continue
        if left <= 0 or not _may_find(round_, lane) or not round_.reserve(step.calls):
            return
        _record(round_, erasure, _find(round_, step), at=round_.clock())
        left -= step.calls


def _may_find(round_: Round, lane: Lane) -> bool:
    at = round_.clock()
    ordinary = looks(round_.account, at=at).filter(not_before__lte=at, leased_until=None)
    return keep_lane(lane, at=at) and not ordinary.exists()


def _find(round_: Round, step: Step) -> Sighting:
    """Look once; what cannot be looked up goes to the end of the round, so that it holds up nobody else."""
    try:
        return look(round_.client, step, round_.pace)
    except VendorError:
        _note_checked(step.erasure, at=round_.clock())
        raise


def _step(erasure: Erasure, *, at: datetime) -> Step:
    by_uuid = erasure.before and client_class(erasure.account.vendor).looks_up_uuid
    value = value_of(erasure.identifier, erasure.ticket)
    return Step(erasure, value, at, uuids=_in_turn(erasure.before.vendor_uuids, erasure.checks) if by_uuid else ())


def _in_turn(uuids: Sequence[str], checks: int) -> tuple[str, ...]:
    """Begin where the last check ended: one look asks for the first MOST_UUIDS, so that each id gets its turn."""
    start = checks * MOST_UUIDS % max(1, len(uuids))
    return (*uuids[start:], *uuids[:start])


@deed()
def _record(round_: Round, erasure: Erasure, sighting: Sighting, *, at: datetime) -> None:
    for profile in people_in(sighting):
        note_reappearance(erasure, profile, seen_by=Reappearance.SeenBy.FIND, by=round_.worker.by, at=at)
    round_.heed(sighting, erasure.subject, at=at)
    _note_checked(erasure, at=at)
    round_.write(checked=round_.watch.checked + 1, last_run_at=at)


def _note_checked(erasure: Erasure, *, at: datetime) -> None:
    checks = {"checked_at": at, "checks": erasure.checks + 1}
    Recheck.objects.update_or_create(erasure=erasure, defaults=checks)
