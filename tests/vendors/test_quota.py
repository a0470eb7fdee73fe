"""What is granted never exceeds what the vendor takes, whichever hour its day begins at."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.vendors.accounts import Options
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.services.quota import (
    allowance_of,
    give_back_send,
    next_slot_at,
    reserve_looks,
    reserve_sends,
    sends_left,
)
from tests.constants import NOW

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
TEN = Options(per_day=10)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> VendorAccount:
    return VendorAccount.objects.create(name="bento", vendor="bento", host="127.0.0.1", per_day=10, synced_at=NOW)


def send(account, wanted: int, at: datetime, options: Options = TEN, *, urgent: bool = False) -> int:
    return reserve_sends(account, options, wanted=wanted, urgent=urgent, at=at)


def test_no_more_is_granted_than_the_day_takes(account):
    assert send(account, 7, NOW) == 7
    assert send(account, 7, NOW + timedelta(hours=23)) == 3
    assert send(account, 1, NOW + timedelta(hours=23)) == 0


def test_without_a_limit_all_is_granted(account):
    assert send(account, 5_000, NOW, Options()) == 5_000
    assert sends_left(account, Options(), at=NOW) is None
    assert next_slot_at(account, Options(), at=NOW) is None


def test_the_window_rolls_to_the_minute(account):
    sent_at = NOW + timedelta(seconds=42)
    send(account, 10, sent_at)

    assert send(account, 1, NOW + DAY + MINUTE - SECOND) == 0
    assert send(account, 1, NOW + DAY + MINUTE) == 1


def test_the_next_slot_is_the_first_moment_at_which_a_send_fits(account):
    send(account, 10, NOW)

    next_at = next_slot_at(account, TEN, at=NOW + SECOND)

    assert next_at == NOW + DAY + MINUTE
    assert next_slot_at(account, TEN, at=next_at - SECOND) == next_at
    assert next_slot_at(account, TEN, at=next_at) is None


def test_the_next_slot_waits_until_the_urgent_share_is_free_again(account):
    options = Options(per_day=10, urgent=4)
    send(account, 2, NOW, options)
    send(account, 8, NOW + timedelta(hours=1), options, urgent=True)

    assert next_slot_at(account, options, at=NOW + timedelta(hours=2)) == NOW + timedelta(hours=1) + DAY + MINUTE


def test_the_urgent_share_is_kept_for_urgent_tickets(account):
    options = Options(per_day=10, urgent=3)

    assert send(account, 10, NOW, options) == 7
    assert send(account, 10, NOW, options, urgent=True) == 3


def test_what_never_left_is_given_back_to_its_own_minute(account):
    send(account, 10, NOW)

    give_back_send(account, sent_at=NOW + timedelta(seconds=59))

    assert sends_left(account, TEN, at=NOW) == 1
    give_back_send(account, sent_at=NOW + MINUTE)
    assert sends_left(account, TEN, at=NOW) == 1


def test_no_more_is_given_back_than_was_sent(account):
    send(account, 1, NOW)

    for _ in range(3):
        give_back_send(account, sent_at=NOW)

    assert sends_left(account, TEN, at=NOW) == 10


def test_accounts_do_not_share_a_day(account):
    other = VendorAccount.objects.create(name="bento2", vendor="bento", host="127.0.0.1", synced_at=NOW)
    send(account, 10, NOW)

    assert send(other, 10, NOW) == 10


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("UTC", datetime(2026, 3, 29, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 29, 4, tzinfo=UTC)),
    ],
)
def test_a_calendar_day_starts_at_the_vendors_midnight(account, zone, midnight):
    options = Options(per_day=10, day="calendar", tz=zone)
    send(account, 10, midnight - SECOND, options)

    assert send(account, 1, midnight - SECOND, options) == 0
    assert next_slot_at(account, options, at=midnight - SECOND) == midnight
    assert send(account, 1, midnight, options) == 1


def test_the_allowance_of_an_account_of_another_host_follows_its_mirrored_limits(account):
    send(account, 4, NOW)

    allowance = allowance_of(account, at=NOW)

    assert (allowance.per_day, allowance.left, allowance.next_at) == (10, 6, None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_day=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(0, 8 * 3600), st.integers(1, 6), st.booleans()), max_size=25),
)
def test_no_24_hours_ever_hold_more_sends_than_the_day_takes(account, per_day, steps):
    Usage.objects.all().delete()
    sent, at = [], NOW
    for gap, wanted, urgent in steps:
        at += timedelta(seconds=gap)
        sent += [at] * send(account, wanted, at, Options(per_day=per_day), urgent=urgent)

    assert fullest(sent, DAY) <= per_day


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_minute=st.integers(1, 60),
    steps=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 6)), max_size=60),
)
def test_no_60_seconds_ever_hold_more_looks_than_the_minute_takes(account, per_minute, steps):
    VendorAccount.objects.update(look_slot_at=None)
    options, looks = Options(per_minute=per_minute), []
    for at, wanted in moments(steps):
        calls = min(wanted, per_minute)
        if reserve_looks(account, options, wanted=calls, at=at):
            looks += [at] * calls

    assert fullest(looks, MINUTE) <= per_minute


def test_a_steady_reader_gets_nearly_all_of_the_minute(account):
    options = Options(per_minute=60)
    tries = [NOW + timedelta(seconds=n / 4) for n in range(4 * 300)]

    granted = sum(reserve_looks(account, options, wanted=1, at=at) for at in tries)

    assert 240 <= granted <= 300


def test_a_look_that_needs_more_calls_than_a_minute_takes_is_granted_in_the_end(account):
    options = Options(per_minute=2)

    reserve_looks(account, options, wanted=1, at=NOW)

    assert any(reserve_looks(account, options, wanted=5, at=NOW + n * MINUTE) for n in range(10))


def moments(steps: list[tuple[float, int]]) -> Iterator[tuple[datetime, int]]:
    at = NOW
    for gap, wanted in steps:
        at += timedelta(seconds=gap)
        yield at, wanted


def fullest(happened: list[datetime], window: timedelta) -> int:
    """Count the most that happened in any window of this length."""
    return max((sum(first <= at < first + window for at in happened) for first in happened), default=0)
