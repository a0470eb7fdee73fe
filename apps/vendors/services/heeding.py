"""Let an account feel what its vendor answers: wait, close the day, break and heal, or pause until a person resumes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.vendors.accounts import Options
from apps.vendors.backoff import backoff, probe_pause
from apps.vendors.clients.errors import Outcome, VendorError
from apps.vendors.models import VendorAccount

from .accounts import DISOWNED_THAT_PAUSE, pause
from .quota import day_frees_at, is_half_used

MISROUTES_THAT_PAUSE = 3
FAILURES_THAT_BREAK = 5
WAITS_THAT_CLOSE_THE_DAY = 3
_MISROUTED = frozenset({Outcome.REDIRECTED, Outcome.WRONG_ADDRESS, Outcome.HTML_SUCCESS})
_FAILED = _MISROUTED | {Outcome.MAYBE_ARRIVED, Outcome.UNKNOWN, Outcome.UNREACHED}
_ABSENT = frozenset({Outcome.ABSENT, Outcome.ABSENT_UNSURE})
_Pause = VendorAccount.Pause


@dataclass(frozen=True)
class Heard:
    """One answer, as far as it is the account's business: what was asked, when, and whether it was a deletion.

    ``is_known``: a look had found the person, and no earlier request can have erased them.
    """

    outcome: Outcome
    subject: str
    began_at: datetime
    is_send: bool = False
    is_known: bool = False
    retry_after: float | None = None
    is_html: bool = False

    @property
    def failure(self) -> str:
        """Name a failure so that a look which works clears the looks' alone: it proves nothing of deletions."""
        return f"{'send' if self.is_send else 'look'} {self.subject}"


def hear(answer: object, subject: str, *, began_at: datetime, is_send: bool = False, is_known: bool = False) -> Heard:
    """Take down an answer; whatever is no VendorError is the documented one."""
    if not isinstance(answer, VendorError):
        return Heard(Outcome.ACCEPTED, subject, began_at, is_send)
    told = answer.outcome, subject, began_at, is_send, is_known
    return Heard(*told, retry_after=answer.retry_after, is_html=answer.html)


def heed(account: VendorAccount, options: Options, heard: Heard, *, by: Actor, at: datetime) -> None:
    """Do to the account what one answer asks for; needs a deed, and locks the account's row."""
    row = VendorAccount.objects.select_for_update().get(pk=account.pk)
    if heard.outcome is Outcome.KEY_REFUSED:
        pause(row, _Pause.STOPPED_BEFORE_API if heard.is_html else _Pause.KEY_REFUSED, by=by, at=at)
    elif heard.outcome is Outcome.TLS_FAILED:
        pause(row, _Pause.CERTIFICATE, by=by, at=at)
    elif heard.outcome is Outcome.BUSY:
        _wait(row, options, heard, by=by, at=at)
    elif heard.outcome in _FAILED:
        _note_misrouted(row, heard, by=by, at=at)
        _note_failure(row, options, heard, by=by, at=at)
    else:
        _note_disowned(row, heard, by=by, at=at)
        _heal(row, heard, by=by, at=at)


def begin_probe(account: VendorAccount, *, until: datetime, by: Actor, at: datetime) -> None:
    """Let nobody else call a broken account until its one call was answered, or the lease of that ran out."""
    VendorAccount.objects.filter(pk=account.pk).update(probing_until=until)
    record("account.probed", account.reference, by=by, at=at)


def _wait(row: VendorAccount, options: Options, heard: Heard, *, by: Actor, at: datetime) -> None:
    """Wait as long as the vendor asks, at least the backoff; what was in flight when a pause began adds no pause."""
    asked_until = at + timedelta(seconds=heard.retry_after or 0)
    if _left_before(heard, row.waiting_since):
        _change(row, wait_until=_later(row.wait_until, asked_until))
        return
    until = max(asked_until, at + backoff(options.retry_base, row.waits))
    _change(
        row,
        wait_until=_later(row.wait_until, until),
        waiting_since=at,
        waits=row.waits + 1,
        send_waits=row.send_waits + heard.is_send,
        probing_until=None,
    )
    if heard.is_send and row.send_waits >= WAITS_THAT_CLOSE_THE_DAY and is_half_used(row, options, at=at):
        _close_day(row, options, by=by, at=at)


def _close_day(row: VendorAccount, options: Options, *, by: Actor, at: datetime) -> None:
    """Believe the vendor where it keeps refusing deletions: its count of the day is fuller than ours."""
    until = day_frees_at(row, options, at=at)
    if until is not None and not row.is_day_closed(at):
        _change(row, day_closed_until=until)
        record("account.day_closed", row.reference, by=by, at=at, facts={"until": until.isoformat()})


def _note_misrouted(row: VendorAccount, heard: Heard, *, by: Actor, at: datetime) -> None:
    """Count answers that came from the wrong place; three different erasures in a row pause the account."""
    if heard.outcome in _MISROUTED:
        _change(row, misrouted=sorted({*row.misrouted, heard.subject}))
        if len(row.misrouted) >= MISROUTES_THAT_PAUSE:
            pause(row, _Pause.WRONG_ADDRESS, by=by, at=at)


def _note_failure(row: VendorAccount, options: Options, heard: Heard, *, by: Actor, at: datetime) -> None:
    """Count failures of different erasures, so that one poisoned row breaks nothing; a failed probe breaks anew."""
    if row.is_broken:
        is_enough = not _left_before(heard, row.waiting_since)
    else:
        if not _is_enough(row.failures):
            _change(row, failures=sorted({*row.failures, heard.failure}))
        is_enough = _is_enough(row.failures)
    if is_enough:
        _break(row, options, by=by, at=at)


def _is_enough(failures: list[str]) -> bool:
    return len({failure.partition(" ")[2] for failure in failures}) >= FAILURES_THAT_BREAK


def _break(row: VendorAccount, options: Options, *, by: Actor, at: datetime) -> None:
    until = _later(row.wait_until, at + probe_pause(options.retry_base, row.trips))
    _change(
        row,
        broken_at=row.broken_at or at,
        trips=row.trips + 1,
        waiting_since=at,
        wait_until=until,
        probing_until=None,
    )
    record("account.broken", row.reference, by=by, at=at, facts={"times": row.trips, "until": until.isoformat()})


def _note_disowned(row: VendorAccount, heard: Heard, *, by: Actor, at: datetime) -> None:
    """Count people whom a look had found and the vendor does not know; twenty in a row are no coincidence."""
    if not heard.is_send:
        return
    if heard.outcome not in _ABSENT:
        _change(row, disowned=[])
    elif heard.is_known:
        _change(row, disowned=sorted({*row.disowned, heard.subject}))
        if len(row.disowned) >= DISOWNED_THAT_PAUSE:
            pause(row, _Pause.PEOPLE_UNKNOWN, by=by, at=at)


def _heal(row: VendorAccount, heard: Heard, *, by: Actor, at: datetime) -> None:
    """Forget the run of bad answers; what was in flight when a pause began says nothing of what came after.

    What deletions broke, a deletion heals: a look that works lets nobody loose on them.
    """
    _change(row, misrouted=[])
    if _left_before(heard, row.waiting_since):
        return
    failures = [] if heard.is_send else [failure for failure in row.failures if failure.startswith("send ")]
    changes = {"failures": failures, "probing_until": None, "trips": row.trips if failures else 0}
    recovers = row.is_broken and not _is_enough(failures)
    if recovers:
        changes["broken_at"] = None
    if heard.is_send or not row.send_waits:
        changes |= {"waits": 0, "send_waits": 0}
    _change(row, **changes)
    if recovers:
        record("account.recovered", row.reference, by=by, at=at)


def _left_before(heard: Heard, pause_began_at: datetime | None) -> bool:
    return pause_began_at is not None and heard.began_at <= pause_began_at


def _later(one: datetime | None, other: datetime) -> datetime:
    return max(one or other, other)


def _change(row: VendorAccount, **changes: object) -> None:
    """Write what differs, and keep the locked row true."""
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if changed:
        VendorAccount.objects.filter(pk=row.pk).update(**changed)
    for name, value in changed.items():
        setattr(row, name, value)
