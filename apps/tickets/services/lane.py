"""Work a lane: many due erasures over one keep-alive session, in slices. Threads send, one thread writes."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from apps.audit import anchor
from apps.audit.services import deed
from apps.jobs.lifeline import must_stop
from apps.jobs.services import ring, ring_at
from apps.privacy.failpoints import Failpoint, reach
from apps.tickets.selectors.due import next_due_at
from apps.vendors.accounts import Options
from apps.vendors.clients.answers import Receipt
from apps.vendors.clients.client import VendorClient
from apps.vendors.clients.errors import Outcome, VendorError, VendorUnreached
from apps.vendors.models import Lane, VendorAccount
from apps.vendors.pace import Slot, ThreadsPace
from apps.vendors.registry import connect
from apps.vendors.services.lanes import LANE_TASK, keep_lane, leave_lane, take_lane
from apps.vendors.services.pacing import reserve_calls

from .claiming import Step, Worker, claim, worker_for
from .every import run_every
from .insisting import Insistence
from .looking import settle_look, settle_useless_look
from .rollback import stop_if_rolled_back
from .settling import settle_answer
from .sighting import Sighting, look

SLICE_SECONDS = 20.0
KEEP_EVERY = 5.0  # seconds between two prolongations of the lane's lease
LONGEST_NAP = 2.0  # what a job may wait for an answer before it looks after its lane
NAP = 0.25  # between two questions for a per-minute slot

Clock = Callable[[], datetime]
Answer = Receipt | Sighting | VendorError


def work_lane(account: VendorAccount, *, clock: Clock, seconds: float = SLICE_SECONDS) -> int:
    """Work one slice of an account and return how many moves were made; 0 where all lanes are taken.

    Safe to repeat and to run anywhere at once: the lane and every erasure are held by lease. After ``seconds`` it
    takes nothing new, finishes what is in flight and rings again where something is still due.
    """
    worker = worker_for(account)
    if worker and stop_if_rolled_back(by=worker.by, at=clock()):
        return 0
    lane = take_lane(account, owner=worker.owner, at=clock()) if worker else None
    if lane is None:
        return 0
    client = connect(worker.account)
    try:
        done = _Slice(worker, lane, client, clock, seconds).run()
    finally:
        client.close()
        leave_lane(lane)
    anchor.drop()
    _ring_if_due(account, clock=clock)
    return done


def _ring_if_due(account: VendorAccount, *, clock: Clock) -> None:
    """Ring for what is left, and for what came in while the lane was taken and nobody else could take it.

    Where the account waits, it goes on as soon as that is over.
    """
    account.refresh_from_db()
    due_at = next_due_at(account, at=clock())
    if due_at and due_at <= clock() and account.admits(1, at=clock()):
        ring(LANE_TASK, account.pk)
    elif due_at and account.wait_until and account.wait_until > clock():
        ring_at(LANE_TASK, account.pk, at=account.wait_until)


@dataclass(frozen=True)
class _LeasedPace:
    """The pace of the threads for one step, which gives up where the step's lease leaves no time for another call."""

    pace: ThreadsPace
    require_time_left: Callable[[], None]

    def wait(self) -> None:
        """Sleep until the next call may begin. Raises VendorUnreached where it may not any more."""
        comes_up = False
        while not comes_up:
            comes_up = self.pace.comes_up()
            self.require_time_left()


class _Slice:
    """One bounded run of a lane: claims refill the threads, and the answers are written as they come."""

    def __init__(self, worker: Worker, lane: Lane, client: VendorClient, clock: Clock, seconds: float):
        self._worker = worker
        self._lane = lane
        self._client = client
        self._clock = clock
        self._ends = time.monotonic() + seconds
        options = worker.account.options
        self._looks_pace = ThreadsPace(options)
        self._sends_pace = ThreadsPace(replace(options, per_minute=None))  # the minute counts no deletion
        self._paces = (self._looks_pace, self._sends_pace)
        self._in_flight: dict[Future[Answer], Step] = {}
        self._looks_first = False
        self._has_lane = True
        self._kept_at = time.monotonic()
        self._done = 0
        self._insist = Insistence()

    def run(self) -> int:
        with ThreadPoolExecutor(self._worker.account.options.concurrency) as threads:
            run_every(self._steps(threads))
        return self._done

    def _steps(self, threads: ThreadPoolExecutor) -> Iterator[Callable[[], None]]:
        """Work; where that failed, write every answer that is still out, or the outcome of its request is unknown."""
        yield partial(self._work, threads)
        for pace in self._paces:
            yield pace.end
        for future in list(self._in_flight):
            yield partial(self._write, future)

    def _work(self, threads: ThreadPoolExecutor) -> None:
        while self._refill(threads) or self._may_nap():
            self._write_answers()

    def _refill(self, threads: ThreadPoolExecutor) -> bool:
        """Hand new steps to idle threads; True while anything is in flight."""
        free = self._worker.account.options.concurrency - len(self._in_flight)
        if free and self._may_take_more():
            self._looks_first = not self._looks_first
            steps = self._claim(free)
            if steps:
                reach(Failpoint.CLAIMED)
            self._in_flight.update({threads.submit(self._call, step): step for step in steps})
        return bool(self._in_flight)

    def _claim(self, wanted: int) -> list[Step]:
        """Read the clock when the wait for the ledger is over.

        An older moment would date a request before the look that it follows, and count it too early in the day's quota.
        """
        with deed():
            return claim(self._worker, wanted=wanted, looks_first=self._looks_first, at=self._clock())

    def _may_take_more(self) -> bool:
        self._worker.row.refresh_from_db()
        admitted = self._worker.row.admits(1, at=self._clock())
        is_time = time.monotonic() < self._ends and not must_stop()
        return is_time and bool(admitted) and self._holds_lane()

    def _holds_lane(self) -> bool:
        """Prolong the lease now and then; a lane that was lost stays lost, though its answers are still written."""
        if self._has_lane and time.monotonic() - self._kept_at >= KEEP_EVERY:
            self._kept_at = time.monotonic()
            self._has_lane = keep_lane(self._lane, at=self._clock())
        return self._has_lane

    def _may_nap(self) -> bool:
        """Wait out a per-minute slot inside the slice; False where nothing is due that a nap could help."""
        due_at = next_due_at(self._worker.row, at=self._clock())
        if not self._may_take_more() or due_at is None or due_at > self._clock():
            return False
        time.sleep(NAP)
        return True

    def _call(self, step: Step) -> Answer:
        try:
            require_time_left = partial(self._require_time_left, step)
            if step.attempt is None:
                return look(self._client, step, _LeasedPace(self._looks_pace, require_time_left))
            _LeasedPace(self._sends_pace, require_time_left).wait()
            reach(Failpoint.BEFORE_CONNECT)
            return self._erase(step)
        except VendorError as error:
            return error

    def _erase(self, step: Step) -> Receipt:
        if step.is_for_one:
            return self._client.erase_customer(step.value, attempt=step.attempt.pk)
        return self._client.erase(step.erasure.kind, step.value, attempt=step.attempt.pk)

    def _require_time_left(self, step: Step) -> None:
        """Send nothing that the lease may not outlive: a process that was stopped may wake up after others went on."""
        if self._clock() + self._worker.account.options.timeout > step.erasure.leased_until:
            raise VendorUnreached("The worker was stopped too long to send this safely.", outcome=Outcome.UNREACHED)

    def _write_answers(self) -> None:
        """Write what has come; the lane is kept meanwhile, since a look may take longer than its lease."""
        if not self._in_flight:
            return
        asked = {pace.asked for pace in self._paces}
        answered, _ = wait({*self._in_flight, *asked}, timeout=LONGEST_NAP, return_when=FIRST_COMPLETED)
        self._holds_lane()
        for pace in self._paces:
            if pace.asked.done():
                pace.serve(self._reserve_calls)
        for future in answered & self._in_flight.keys():
            self._write(future)

    def _reserve_calls(self, options: Options, wanted: int) -> list[Slot]:
        return reserve_calls(self._worker.row, options, wanted=wanted, clock=self._clock)

    def _write(self, future: Future[Answer]) -> None:
        step, answer = self._in_flight.pop(future), future.result()
        self._insist(partial(self._settle, step, answer))

    def _settle(self, step: Step, answer: Answer) -> None:
        reach(Failpoint.ANSWER_READ)
        at, step = self._clock(), replace(step, erasure=copy(step.erasure))  # as claimed, if it has to be done again
        if step.attempt is not None:
            settle_answer(self._worker, step, answer, at=at)
        elif isinstance(answer, VendorError):
            settle_useless_look(self._worker, step, answer, at=at)
        else:
            settle_look(self._worker, step, answer, at=at)
        reach(Failpoint.LOOK_COMMITTED if step.attempt is None else Failpoint.RESULT_COMMITTED)
        self._done += 1
