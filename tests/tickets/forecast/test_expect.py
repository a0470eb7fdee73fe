"""The rules of the forecast alone: who leaves when, given the day, the pace and the line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets.forecasting import Waiting, answer_in, apart, expect
from apps.vendors.accounts import Options
from tests.constants import NOW

from .moments import DAY, FREED, FREED_TWICE, HOUR, MINUTE


def waiting(pk: int, *, due_in: int = 30, **more: object) -> Waiting:
    return Waiting(**{"pk": pk, "urgent": False, "due_at": NOW + DAY * due_in, "ready_at": NOW, **more})


def sends(rows, options=None, used=(), *, begins_at=NOW) -> dict[int, datetime]:
    found = expect(rows, options or Options(), used, begins_at=begins_at)
    return {pk: expected.send_at for pk, expected in found.items()}


def test_the_earliest_due_date_takes_the_first_slot():
    rows = [waiting(1, due_in=20), waiting(2, due_in=10), waiting(3, due_in=15)]

    assert sends(rows, Options(per_day=1)) == {2: NOW, 3: NOW + FREED, 1: NOW + FREED_TWICE}


def test_urgent_goes_before_an_earlier_due_date():
    rows = [waiting(1, due_in=1), waiting(2, urgent=True)]

    assert sends(rows, Options(per_day=1)) == {2: NOW, 1: NOW + FREED}


def test_one_that_is_overdue_leaves_first_and_does_not_stop():
    assert sends([waiting(1), waiting(2, due_in=-5)], Options(per_day=1)) == {2: NOW, 1: NOW + FREED}


def test_a_full_day_frees_slots_as_its_minutes_pass():
    used = [(NOW - HOUR, 1), (NOW - HOUR * 2, 1)]

    assert sends([waiting(1), waiting(2)], Options(per_day=2), used) == {
        1: NOW - HOUR * 2 + FREED,
        2: NOW - HOUR + FREED,
    }


def test_what_left_the_window_counts_no_more():
    assert sends([waiting(1)], Options(per_day=1), [(NOW - FREED, 1)]) == {1: NOW}


def test_the_share_of_urgent_tickets_is_kept_from_all_others():
    rows = [waiting(1), waiting(2), waiting(3, urgent=True, ready_at=NOW + HOUR)]

    assert sends(rows, Options(per_day=2, urgent=1)) == {1: NOW, 3: NOW + HOUR, 2: NOW + HOUR + FREED}


def test_somebody_urgent_who_turns_up_takes_the_next_slot():
    rows = [waiting(1), waiting(2), waiting(3, urgent=True, ready_at=NOW + HOUR)]

    assert sends(rows, Options(per_day=1)) == {1: NOW, 3: NOW + FREED, 2: NOW + FREED_TWICE}


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),  # summer time began that night
    ],
)
def test_a_calendar_day_begins_anew_at_midnight_over_there(now, midnight):
    rows = [waiting(1, ready_at=now), waiting(2, ready_at=now)]

    found = sends(rows, Options(per_day=1, day="calendar", tz="Europe/Berlin"), begins_at=now)

    assert found == {1: now, 2: midnight}


def test_yesterdays_sends_do_not_count_in_a_calendar_day():
    used = [(NOW - DAY, 1)]

    assert sends([waiting(1)], Options(per_day=1, day="calendar"), used) == {1: NOW}


def test_what_is_not_ready_lets_others_pass():
    rows = [waiting(1, due_in=1, ready_at=NOW + DAY * 3), waiting(2)]

    assert sends(rows) == {1: NOW + DAY * 3, 2: NOW}


def test_nothing_leaves_while_the_account_waits():
    assert sends([waiting(1)], begins_at=NOW + HOUR) == {1: NOW + HOUR}


def test_rounds_take_a_slot_and_a_look_each():
    rows = [waiting(1, requests=3, apart=HOUR, answer_in=HOUR * 2), waiting(2)]

    found = expect(rows, Options(per_day=2), (), begins_at=NOW)

    assert found[2].send_at == NOW
    assert found[1].answer_at == NOW + HOUR + FREED + HOUR * 2  # sent now, a day after both, and when that look was had


def test_profiles_asked_for_one_by_one_leave_one_after_the_other():
    found = expect([waiting(1, requests=3)], Options(per_second=4), (), begins_at=NOW)

    assert found[1].answer_at - found[1].send_at == timedelta(seconds=2)


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        (Options(), 0),
        (Options(per_second=4), 1),
        (Options(per_minute=60), 3),
        (Options(per_second=1, per_minute=1), 180),
    ],
)
def test_the_slowest_limit_sets_the_pace(options, seconds):
    assert apart(options) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("windows", "hours"), [((), 0), ((HOUR,), 1), ((HOUR, HOUR * 6, HOUR * 48), 6)])
def test_the_answer_counts_on_one_look_more_than_hoped(windows, hours):
    assert answer_in(Options(verify_after=windows)) == HOUR * hours


ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(-5, 40), st.integers(0, 3_000), st.integers(1, 3)), min_size=1, max_size=25
)


@given(ROWS, st.integers(2, 5), st.integers(0, 1), st.sampled_from(["rolling", "calendar"]), st.integers(0, 1_440))
def test_no_day_takes_more_than_its_limit(drawn, per_day, urgent, day, used_ago):
    options = Options(per_day=per_day, urgent=urgent, day=day)
    rows = [
        waiting(pk, urgent=is_urgent, due_in=due, ready_at=NOW + MINUTE * later, requests=requests)
        for pk, (is_urgent, due, later, requests) in enumerate(drawn)
    ]
    used = [NOW - MINUTE * used_ago] * (per_day - 1)

    found = expect(rows, options, [(moment, 1) for moment in used], begins_at=NOW)

    days = used + [expected.send_at for expected in found.values()]
    assert found.keys() == {row.pk for row in rows}
    assert all(_same_day(days, moment, day) <= per_day for moment in days)
    assert all(found[row.pk].send_at >= row.ready_at for row in rows)


def _same_day(moments: list[datetime], last: datetime, day: str) -> int:
    if day == "calendar":
        return sum(moment.date() == last.date() for moment in moments)
    return sum(last - DAY < moment <= last for moment in moments)
