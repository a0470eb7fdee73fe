"""Which days a period takes in."""

from datetime import UTC, date, datetime

import pytest

from apps.reports.forms import last_month
from apps.reports.orders import EndsBeforeItBegins, Period


def test_the_last_day_is_included():
    period = Period(date(2026, 11, 1), date(2026, 11, 30))

    assert period.begins_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 12, 1, tzinfo=UTC)


def test_days_are_those_of_the_console(settings):
    settings.TIME_ZONE = "Europe/Amsterdam"

    period = Period(date(2026, 3, 29), date(2026, 3, 29))

    assert (period.ends_at.astimezone(UTC) - period.begins_at.astimezone(UTC)).total_seconds() == 23 * 3600


def test_a_period_cannot_end_before_it_begins():
    with pytest.raises(EndsBeforeItBegins, match="ends before it begins"):
        Period(date(2026, 11, 2), date(2026, 11, 1))


def test_the_month_before_january_is_december():
    assert last_month(date(2026, 1, 31)) == {"first_date": date(2025, 12, 1), "last_date": date(2025, 12, 31)}
