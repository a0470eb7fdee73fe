"""No window holds more calls than the vendor takes, however many threads, processes and hosts call."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.vendors.accounts import Options
from apps.vendors.clients.errors import VendorUnreached
from apps.vendors.models import VendorAccount
from apps.vendors.pace import GRACE, Slot, ThreadsPace, sleep_until
from apps.vendors.services.pacing import OwnPace, reserve_calls, reserve_looks, spacing_of
from tests.constants import NOW

from .hammering import hammer
from .windows import fullest

TEN = Options(per_second=10)


@pytest.fixture
def account(db) -> VendorAccount:
    limits = {"per_day": 100, "per_minute": 30, "per_second": 20}
    return VendorAccount.objects.create(name="bento", vendor="bento", host="127.0.0.1", synced_at=NOW, **limits)


def frozen() -> datetime:
    return NOW


@given(per_second=st.integers(1, 300), late=st.lists(st.floats(0, GRACE), min_size=2, max_size=400))
def test_calls_that_begin_within_their_slots_never_crowd_a_second(per_second, late):
    spacing = spacing_of(per_second).total_seconds()
    begun = sorted(number * spacing + delay for number, delay in enumerate(late))

    assert fullest(begun, 1.0) <= per_second


def last_slot_of(account) -> datetime:
    account.refresh_from_db()
    return account.call_slot_at


def test_slots_are_handed_out_once_whoever_asks(account):
    for wanted in (1, 4, 2):
        slots = reserve_calls(account, TEN, wanted=wanted, clock=frozen)
        assert len(slots) == wanted

    assert last_slot_of(account) == NOW + 7 * spacing_of(10)
    assert slots[1].at - slots[0].at == pytest.approx(spacing_of(10).total_seconds())


def test_an_idle_account_saves_up_no_slots(account):
    reserve_calls(account, TEN, wanted=1, clock=frozen)

    reserve_calls(account, TEN, wanted=2, clock=lambda: NOW + timedelta(hours=1))

    assert last_slot_of(account) == NOW + timedelta(hours=1) + 2 * spacing_of(10)


def test_whoever_comes_too_late_takes_another_slot():
    now = time.monotonic()

    assert sleep_until(Slot(now, now + 60))
    assert not sleep_until(Slot(now - GRACE - 0.01, now - 0.01))
    assert not sleep_until(Slot(now, None))


def test_without_a_limit_nobody_waits_or_asks(account, django_assert_num_queries):
    with django_assert_num_queries(0):
        OwnPace(account, Options(), frozen).wait()

    pace = ThreadsPace(Options())
    pace.wait()

    assert not pace.asked.done()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_threads_wait_for_the_one_that_reserves(account, threads):
    pace, begun = ThreadsPace(TEN), []
    calls = [threads.submit(lambda: (pace.wait(), begun.append(time.monotonic()))) for _ in range(6)]
    served_in = set()

    def reserve(options: Options, wanted: int) -> list[Slot]:
        served_in.add(threading.current_thread())
        return reserve_calls(account, options, wanted=wanted, clock=lambda: datetime.now(UTC))

    while not all(call.done() for call in calls):
        wait([pace.asked], timeout=0.05)
        pace.serve(reserve)

    assert served_in == {threading.main_thread()}
    assert begun[-1] - begun[0] >= 0.5
    assert fullest(begun, 1.0) <= 10


def slots_of_now(_options: Options, wanted: int) -> list[Slot]:
    return [Slot(time.monotonic(), time.monotonic() + 60)] * wanted


def test_a_thread_that_finds_a_slot_ready_leaves_nobody_without_one(threads):
    pace = ThreadsPace(TEN)
    first = threads.submit(pace.wait)
    wait([pace.asked], timeout=5)

    pace.serve(slots_of_now)
    second = threads.submit(pace.wait)
    wait([pace.asked], timeout=5)
    pace.serve(slots_of_now)

    assert wait([first, second], timeout=5).not_done == set()


def test_threads_give_up_once_nobody_reserves_any_more(threads):
    pace = ThreadsPace(TEN)
    call = threads.submit(pace.wait)
    wait([pace.asked], timeout=5)

    pace.end()

    assert isinstance(call.exception(timeout=5), VendorUnreached)


@pytest.mark.django_db(transaction=True)
def test_four_processes_together_keep_every_limit(account):
    granted = hammer(processes=4, seconds=2.5)

    looks = [at for _, looks, _ in granted for at in looks]
    calls = sorted(at for _, _, calls in granted for at in calls)
    assert sum(sends for sends, _, _ in granted) == 100
    assert 0 < len(looks) <= 30
    assert fullest(calls, 1.0) <= 20
    assert 20 < len(calls) <= 30  # the minute's: nobody waits for a share that others leave unused


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_minute=st.integers(1, 60),
    per_second=st.none() | st.integers(1, 5),
    steps=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 6), st.floats(0, 1)), max_size=60),
)
def test_no_60_seconds_ever_hold_more_beginnings_than_the_minute_takes(account, per_minute, per_second, steps):
    VendorAccount.objects.update(call_slot_at=None, calls_begun=[])
    options, begun, at = Options(per_minute=per_minute, per_second=per_second), [], NOW
    for gap, wanted, late in steps:
        at += timedelta(seconds=gap)
        begun += beginnings(account, options, wanted, at=at, late=late)

    assert fullest(begun, timedelta(minutes=1)) <= per_minute


def beginnings(account, options: Options, wanted: int, *, at: datetime, late: float) -> list[datetime]:
    """Return when the calls that were granted a slot begin, each as late within it as ``late`` says."""
    now = time.monotonic()
    slots = reserve_calls(account, options, wanted=wanted, clock=lambda: at)
    ran = time.monotonic() - now
    granted = [slot for slot in slots if slot.until is not None]
    return [at + timedelta(seconds=slot.at - now - ran + late * (slot.until - slot.at)) for slot in granted]


def test_a_full_minute_says_when_to_ask_again_and_lets_deletions_pass(account):
    looks, deletions = Options(per_minute=2, per_second=10), Options(per_second=10)
    reserve_calls(account, looks, wanted=2, clock=frozen)

    [full] = reserve_calls(account, looks, wanted=1, clock=frozen)
    [passing] = reserve_calls(account, deletions, wanted=1, clock=frozen)

    assert full.until is None
    assert 60 <= full.at - time.monotonic() <= 62
    assert passing.at < time.monotonic() + 1
    [later] = reserve_calls(account, looks, wanted=1, clock=lambda: NOW + timedelta(seconds=62))
    assert later.until is not None


def test_deletions_do_not_count_against_the_minute(account):
    for _ in range(9):
        reserve_calls(account, Options(), wanted=1, clock=frozen)

    slots = reserve_calls(account, Options(per_minute=3), wanted=4, clock=frozen)

    assert [slot.until is not None for slot in slots] == [True, True, True, False]


def test_a_steady_reader_gets_nearly_all_of_the_minute(account):
    options = Options(per_minute=60)
    tries = [NOW + timedelta(seconds=n / 4) for n in range(4 * 300)]

    granted = sum(reserve_looks(account, options, wanted=1, at=at) for at in tries)

    assert 240 <= granted <= 300


def test_a_look_that_needs_more_calls_than_a_minute_takes_is_taken_on_in_the_end(account):
    options = Options(per_minute=2)

    reserve_looks(account, options, wanted=1, at=NOW)

    assert any(reserve_looks(account, options, wanted=5, at=NOW + n * timedelta(minutes=1)) for n in range(10))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_minute=st.integers(1, 60),
    steps=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 6)), max_size=60),
)
def test_no_more_is_taken_on_than_can_begin_within_the_minute(account, per_minute, steps):
    VendorAccount.objects.update(look_slot_at=None)
    options, taken, at = Options(per_minute=per_minute), [], NOW
    for gap, wanted in steps:
        at += timedelta(seconds=gap)
        calls = min(wanted, per_minute)
        taken += [at] * calls if reserve_looks(account, options, wanted=calls, at=at) else []

    assert fullest(taken, timedelta(seconds=62)) <= per_minute
