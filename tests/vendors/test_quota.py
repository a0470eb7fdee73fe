"""What is granted never exceeds what the vendor takes, whichever hour its day begins at."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.vendors.accounts import Options
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.services.quota import (
    allowance_of,
    give_back_send,
    next_slot_at,
    reserve_sends,
    sends_left,
)
from tests.constants import NOW

from .windows import fullest, per_date

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LATE = 40 * SECOND  # what is counted begins up to 30 seconds later, and its connection takes up to 10
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


def test_a_minute_counts_until_the_last_that_may_have_left_in_its_name_is_a_day_old(account):
    sent_at = NOW + timedelta(seconds=42)
    send(account, 10, sent_at)

    assert send(account, 1, NOW + DAY + MINUTE + LATE - SECOND) == 0
    assert send(account, 1, NOW + DAY + MINUTE + LATE) == 1


def test_the_next_slot_is_the_first_moment_at_which_a_send_fits(account):
    send(account, 10, NOW)

    next_at = next_slot_at(account, TEN, at=NOW + SECOND)

    assert next_at == NOW + DAY + MINUTE + LATE
    assert next_slot_at(account, TEN, at=next_at - SECOND) == next_at
    assert next_slot_at(account, TEN, at=next_at) is None


def test_the_next_slot_waits_until_the_urgent_share_is_free_again(account):
    options = Options(per_day=10, urgent=4)
    send(account, 2, NOW, options)
    send(account, 8, NOW + timedelta(hours=1), options, urgent=True)

    assert next_slot_at(account, options, at=NOW + timedelta(hours=2)) == NOW + timedelta(hours=1) + DAY + MINUTE + LATE


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
    send(account, 10, midnight - 2 * MINUTE, options)

    assert send(account, 1, midnight - SECOND, options) == 0
    assert next_slot_at(account, options, at=midnight - SECOND) == midnight
    assert send(account, 1, midnight, options) == 1


def test_a_day_whose_midnight_comes_twice_is_one_day(account):
    options = Options(per_day=10, day="calendar", tz="Atlantic/Azores")
    first_midnight = datetime(2026, 10, 25, 0, tzinfo=UTC)  # at 1:00 clocks go back to midnight
    send(account, 10, first_midnight + 10 * MINUTE, options)

    assert send(account, 1, first_midnight + 100 * MINUTE, options) == 0
    assert next_slot_at(account, options, at=first_midnight + 100 * MINUTE) == first_midnight + timedelta(hours=25)


def test_a_site_under_a_new_name_goes_on_with_the_same_day(account):
    VendorAccount.objects.filter(pk=account.pk).update(site="one-site")
    account.refresh_from_db()
    renamed = VendorAccount.objects.create(
        name="renamed", vendor=account.vendor, host=account.host, site="one-site", synced_at=NOW
    )
    send(account, 7, NOW)

    assert send(renamed, 10, NOW) == 3


def test_what_may_leave_after_midnight_counts_in_both_days(account):
    options = Options(per_day=10, day="calendar", tz="Europe/Berlin")
    midnight = datetime(2026, 3, 28, 23, tzinfo=UTC)  # that night clocks go forward
    send(account, 10, midnight - 10 * SECOND, options)

    assert send(account, 1, midnight + 10 * SECOND, options) == 0
    assert next_slot_at(account, options, at=midnight + SECOND) == midnight + timedelta(hours=23)


def test_the_allowance_of_an_account_of_another_host_follows_its_mirrored_limits(account):
    send(account, 4, NOW)

    allowance = allowance_of(account, at=NOW)

    assert (allowance.per_day, allowance.left, allowance.next_at) == (10, 6, None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_day=st.integers(1, 20),
    steps=st.lists(
        st.tuples(st.integers(0, 8 * 3600), st.integers(1, 6), st.booleans(), st.integers(0, 40)), max_size=25
    ),
    day=st.sampled_from(["rolling", "calendar"]),
)
def test_no_day_ever_holds_more_departures_than_it_takes(account, per_day, steps, day):
    Usage.objects.all().delete()
    options, zone = Options(per_day=per_day, day=day, tz="Europe/Berlin"), ZoneInfo("Europe/Berlin")
    left, at = [], NOW
    for gap, wanted, urgent, late in steps:
        at += timedelta(seconds=gap)
        left += [at + late * SECOND] * send(account, wanted, at, options, urgent=urgent)

    most = fullest(left, DAY) if day == "rolling" else per_date(left, zone)
    assert most <= per_day


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent_ago=st.integers(0, 2 * 24 * 3600), day=st.sampled_from(["rolling", "calendar"]))
def test_a_send_fits_at_the_next_slot_and_no_second_before(account, sent_ago, day):
    Usage.objects.all().delete()
    options = Options(per_day=1, day=day, tz="America/New_York")
    send(account, 1, NOW - timedelta(seconds=sent_ago), options)

    next_at = next_slot_at(account, options, at=NOW)

    assert sends_left(account, options, at=next_at or NOW) == 1
    assert next_at is None or sends_left(account, options, at=next_at - SECOND) == 0
