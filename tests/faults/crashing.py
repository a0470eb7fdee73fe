"""Plays in which workers die, stop, or meet each other: processes of their own, killed as the kernel would."""

import signal
import threading
from collections import Counter
from datetime import timedelta

from apps.tickets.models import Erasure
from tests.tickets.builders import Clock, work

from .desk import Desk

CLAIM_AND_DIE = """
import os, signal
from apps.tickets.services.claiming import Worker, claim
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configuration_of
account = VendorAccount.objects.get()
worker = Worker(configuration_of(account), account, "killed")
assert [step for step in claim(worker, wanted=1, looks_first=False, at=clock()) if step.attempt]
os.kill(os.getpid(), signal.SIGKILL)
"""
CONCURRENCY = 3
LEASE = {"minutes": 5}  # longer than any lease of these accounts


def killed_before_it_left(desk: Desk) -> None:
    desk.ready()
    assert desk.run(CLAIM_AND_DIE) == -signal.SIGKILL
    desk.work(**LEASE)


def killed_after_it_left(desk: Desk) -> None:
    desk.ready()
    _die_waiting(desk, requests=1, effect=True)
    desk.work(**LEASE)


def killed_twice(desk: Desk) -> None:
    """Two workers die on one person; somebody else goes on."""
    desk.ready(concurrency=1)
    poison = desk.ticket
    _die_waiting(desk, requests=1)
    desk.work(**LEASE)
    desk.clock.advance(hours=2)
    _die_waiting(desk, requests=2)
    desk.work(**LEASE)
    desk.heal()
    other = desk.approved("alan@example.com")
    desk.work()
    assert desk.shown(other).erasure == "accepted"
    desk.ticket = poison


def killed_with_several_in_flight(desk: Desk) -> None:
    """As many outcomes are unknown as requests were in flight, and no more."""
    desk.many(6, concurrency=CONCURRENCY)
    _die_waiting(desk, requests=CONCURRENCY)
    desk.heal()
    desk.work(**LEASE)
    found = Counter(Erasure.objects.values_list("status", flat=True))
    assert found == {"outcome_unknown": CONCURRENCY, "accepted": 6 - CONCURRENCY}
    unknown = Erasure.objects.filter(status="outcome_unknown").first()
    desk.ticket = unknown.ticket


def worked_by_two(desk: Desk) -> None:
    """Two workers start at once on the same ticket, and both come to their end."""
    desk.ready(lanes=2)
    workers = [desk.start(), desk.start()]
    assert [worker.wait(timeout=30) for worker in workers] == [0, 0]


def stopped_before_it_left(desk: Desk) -> None:
    """A process that was stopped between its claim and its request wakes up past its lease."""

    class Stopped(Clock):
        def __call__(self):
            slept = threading.current_thread() is not threading.main_thread()
            return super().__call__() + timedelta(minutes=5 * slept)

    desk.ready()
    work(Stopped(desk.clock()))


def stopped_after_it_left(desk: Desk) -> None:
    """SIGSTOP while the vendor answers; another takes over; after SIGCONT the answer is evidence and moves nothing."""
    desk.ready(concurrency=1)  # it claims nothing more meanwhile: frozen inside a claim it would hold SQLite's lock
    desk.fault(seconds=0.7)
    worker = desk.start()
    desk.until(lambda: desk.requests() == 1)
    worker.send_signal(signal.SIGSTOP)
    desk.work(**LEASE)
    assert desk.erasure().status == "outcome_unknown"
    worker.send_signal(signal.SIGCONT)
    assert worker.wait(timeout=30) == 0
    assert desk.erasure().attempts.get().outcome == "accepted"


def restarted_in_a_bulk(desk: Desk) -> None:
    """Two workers are killed in the middle; what a third finds is one row per person, and nobody is asked for twice."""
    desk.many(10, concurrency=1)
    for requests in (2, 5):
        _die_waiting(desk, requests=requests, skip=requests // 2, effect=True)
        desk.heal()
        desk.clock.advance(minutes=5)
    desk.work()
    assert Erasure.objects.count() == 10


def _die_waiting(desk: Desk, *, requests: int, **fault: object) -> None:
    """Start a worker and kill it once vendors have seen so many requests and the latest is unanswered."""
    desk.fault(wire="timeout", seconds=20, times=0, **fault)
    worker = desk.start()
    desk.until(lambda: desk.requests() == requests)
    worker.kill()
    worker.wait()
