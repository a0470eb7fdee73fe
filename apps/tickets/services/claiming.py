"""Claim due erasures under lease and fence, and commit every attempt before its request may leave."""

import os
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.privacy.failpoints import Failpoint, reach
from apps.tickets.attention import Attention
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.tickets.selectors.due import in_turn, looks, sends
from apps.tickets.selectors.identifiers import can_read, targets_of, value_of
from apps.tickets.sharing import Target, expected, next_target
from apps.tickets.states import SENDABLE_ERASURE, ErasureStatus, Spelling, TicketStatus
from apps.vendors.accounts import Account, AccountError
from apps.vendors.day import LATEST_START
from apps.vendors.minute import longest_wait
from apps.vendors.models import VendorAccount
from apps.vendors.registry import client_class
from apps.vendors.selectors import configuration_of
from apps.vendors.services.heeding import begin_probe
from apps.vendors.services.pacing import reserve_looks
from apps.vendors.services.quota import reserve_sends

from . import doors

MOST_UUIDS = 2  # in one look: more calls could outlive a worker's own time limit; the next look asks for others
MOST_CALLS = 2 + MOST_UUIDS  # the spelling as typed and in lower case, then the ids


@dataclass(frozen=True)
class Step:
    """One claimed move of one erasure: a look, or one request that may leave once."""

    erasure: Erasure
    value: str
    began_at: datetime
    uuids: tuple[str, ...] = ()
    attempt: Attempt | None = None
    targets: tuple[Target, ...] = ()

    @property
    def calls(self) -> int:
        """How many vendor calls this may take: the spelling as typed, then in lower case, then the first uuids."""
        return 1 if self.attempt else 1 + (self.value != self.value.lower()) + min(len(self.uuids), MOST_UUIDS)

    @property
    def is_for_one(self) -> bool:
        """Tell whether the value is the customer id of one chosen profile, so that nobody else may go with it."""
        return bool(self.targets)

    @property
    def next_target(self) -> int | None:
        """Return the chosen profile that waits for its own request after this one."""
        sent = self.erasure.target if self.attempt is None else self.attempt.target
        return next_target(self.targets, self.erasure.uuids_left, (sent or 0) + 1)


@dataclass(frozen=True)
class Worker:
    """Who works for an account: the environment's account, its row, and the name on leases."""

    account: Account
    row: VendorAccount
    owner: str

    @property
    def by(self) -> Actor:
        return Actor.worker()


def worker_for(account: VendorAccount) -> Worker | None:
    """Return nobody where this host's environment does not name the account: another host may have its keys."""
    try:
        configuration = configuration_of(account)
    except AccountError:
        return None
    return Worker(configuration, account, f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}")


@deed()
def claim(worker: Worker, *, wanted: int, looks_first: bool, at: datetime) -> list[Step]:
    """Claim up to ``wanted`` due erasures; what was claimed is committed when this returns.

    Sends stop at the day's quota and looks at the minute's, so fewer may come back than are due; none do while the
    account is paused or waits, and one at a time while it is broken. Callers alternate ``looks_first``, so that
    neither kind starves the other.
    """
    row = VendorAccount.objects.select_for_update().get(pk=worker.row.pk)
    room = row.admits(wanted, at=at)
    kinds = [_claim_looks, _claim_sends] if looks_first else [_claim_sends, _claim_looks]
    steps: list[Step] = []
    for claim_kind in kinds:
        steps += claim_kind(worker, wanted=room - len(steps), at=at)
    if steps and row.is_broken:
        begin_probe(row, until=steps[0].erasure.leased_until, by=worker.by, at=at)
    if steps:
        reach(Failpoint.CLAIM_UNCOMMITTED)
    return steps


def _claim_looks(worker: Worker, *, wanted: int, at: datetime) -> list[Step]:
    steps = []
    for erasure in in_turn(looks(worker.row, at=at), at=at)[:wanted]:
        if not _is_readable(worker, erasure, at=at):
            continue
        step = _look_step(worker, erasure, at=at)
        if not reserve_looks(worker.row, worker.account.options, wanted=step.calls, at=at):
            break
        if _lease(worker, erasure, erasure.status, calls=step.calls, at=at):
            steps.append(step)
    return steps


def _claim_sends(worker: Worker, *, wanted: int, at: datetime) -> list[Step]:
    steps = []
    for erasure in in_turn(sends(worker.row, at=at), at=at)[:wanted]:
        if not _may_leave(worker, erasure, at=at):
            continue
        if not reserve_sends(worker.row, worker.account.options, wanted=1, urgent=erasure.ticket.urgent, at=at):
            break
        if _lease(worker, erasure, ErasureStatus.SENDING, calls=1, at=at):
            steps.append(_send_step(worker, erasure, at=at))
    return steps


def _look_step(worker: Worker, erasure: Erasure, *, at: datetime) -> Step:
    value = value_of(erasure.identifier, erasure.ticket)
    return Step(erasure, value, at, uuids=_uuids_to_look_up(worker, erasure), targets=targets_of(erasure))


def _uuids_to_look_up(worker: Worker, erasure: Erasure) -> tuple[str, ...]:
    """Look up by the vendor's ids where a search by address would miss what a request has left behind."""
    if erasure.before is None or not (erasure.doubt or erasure.status not in SENDABLE_ERASURE):
        return ()
    if not client_class(worker.row.vendor).looks_up_uuid:
        return ()
    return tuple(erasure.unasked or erasure.uuids_left or expected(erasure))


def _send_step(worker: Worker, erasure: Erasure, *, at: datetime) -> Step:
    targets = targets_of(erasure)
    if targets:
        found = next_target(targets, erasure.uuids_left, erasure.target)
        index = min(erasure.target, len(targets) - 1) if found is None else found
        attempt = _commit_attempt(worker, erasure, target=index, at=at)
        return Step(erasure, targets[index].customer_id, at, attempt=attempt, targets=targets)
    attempt = _commit_attempt(worker, erasure, target=None, at=at)
    value = value_of(erasure.identifier, erasure.ticket)
    return Step(erasure, value.lower() if erasure.spelling == Spelling.LOWERCASE else value, at, attempt=attempt)


def _may_leave(worker: Worker, erasure: Erasure, *, at: datetime) -> bool:
    if not _approver_may_still_approve(erasure):
        _ask_a_person(worker, erasure, Attention.APPROVER_GONE, at=at)
        return False
    return _is_readable(worker, erasure, at=at)


def _approver_may_still_approve(erasure: Erasure) -> bool:
    approver = erasure.ticket.approved_by
    return approver is not None and approver.is_active and approver.has_perm("tickets.approve_deletionticket")


def _is_readable(worker: Worker, erasure: Erasure, *, at: datetime) -> bool:
    """Ask a person where the identifier cannot be unsealed: one missing key must not stop a whole account."""
    readable = can_read(erasure)
    if not readable:
        _ask_a_person(worker, erasure, Attention.UNREADABLE, at=at)
    return readable


def _ask_a_person(worker: Worker, erasure: Erasure, why: Attention, *, at: datetime) -> None:
    if doors.move_erasure(erasure, erasure.status, expected=erasure.status, attention=why):
        record(f"erasure.{why}", erasure.subject, by=worker.by, at=at)


def _lease(worker: Worker, erasure: Erasure, status: str, *, calls: int, at: datetime) -> bool:
    options = worker.account.options
    leased_until = at + options.timeout * calls + longest_wait(options, calls) + LATEST_START
    claimed = doors.move_erasure(
        erasure,
        status,
        expected=erasure.status,
        fence=F("fence") + 1,
        lease_owner=worker.owner,
        leased_until=leased_until,
    )
    if claimed:
        erasure.fence += 1
        erasure.status = status
        erasure.leased_until = leased_until
    return claimed


def _commit_attempt(worker: Worker, erasure: Erasure, *, target: int | None, at: datetime) -> Attempt:
    number = Attempt.objects.filter(erasure=erasure).count() + 1
    attempt = Attempt.objects.create(
        erasure=erasure, number=number, round=erasure.round, target=target, fence=erasure.fence, started_at=at
    )
    if erasure.ticket.status == TicketStatus.APPROVED:
        approved = DeletionTicket.objects.filter(pk=erasure.ticket_id, status=TicketStatus.APPROVED)
        doors.change_tickets(approved, TicketStatus.IN_PROGRESS, by=worker.by, at=at)
    record("attempt.started", erasure.subject, by=worker.by, at=at, facts=_facts(attempt))
    return attempt


def _facts(attempt: Attempt) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"number": attempt.number, "attempt": str(attempt.pk)}
    if attempt.round > 1:
        facts["round"] = attempt.round
    if attempt.target is not None:
        facts["profile"] = attempt.target + 1
    return facts
