from datetime import UTC, datetime, timedelta

import pytest

from apps.tickets.regimes import due_at


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2026-02-28", "2026-03-28"),
        ("2026-12-15", "2027-01-15"),
        ("2026-03-31", "2026-04-30"),
    ],
)
@pytest.mark.parametrize("regime", ["gdpr", "uk_gdpr"])
def test_a_month_is_a_calendar_month(regime, received, due):
    assert due_at(regime, _noon(received)) == _noon(due)


@pytest.mark.parametrize(("regime", "days"), [("ccpa", 45), ("lgpd", 15)])
def test_other_laws_count_days(regime, days):
    assert due_at(regime, _noon("2026-01-31")) == _noon("2026-01-31") + timedelta(days=days)


def test_the_rest_follows_the_setting(settings):
    settings.OTHER_REGIME_DAYS = 7

    assert due_at("other", _noon("2026-01-31")) == _noon("2026-02-07")


def _noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
