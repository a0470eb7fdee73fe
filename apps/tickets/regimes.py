"""The laws a ticket's clock follows. The due date raises flags; it never stops work."""

import calendar
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import TextChoices


class Regime(TextChoices):
    GDPR = "gdpr", "GDPR"
    UK_GDPR = "uk_gdpr", "UK GDPR"
    CCPA = "ccpa", "CCPA"
    LGPD = "lgpd", "LGPD (internal target)"
    OTHER = "other", "Other"


# Cal. Civ. Code 1798.130(a)(2)(A): 45 days from receipt. LGPD art. 18 names no period for erasure: 15 days is the one
# art. 19 gives for access, taken here as an internal target and labelled so.
_DAYS = {Regime.CCPA: 45, Regime.LGPD: 15}
_CALENDAR_MONTH = frozenset({Regime.GDPR, Regime.UK_GDPR})  # Art. 12(3): one month of receipt


def due_at(regime: str, received_at: datetime) -> datetime:
    """Return the end of the legal period that starts with receipt, at the same time of day.

    GDPR and UK GDPR count one calendar month: 31 January is due on the last day of February.
    """
    if regime in _CALENDAR_MONTH:
        return received_at.replace(**_month_later(received_at.date()))
    days = _DAYS.get(regime, settings.OTHER_REGIME_DAYS)
    return received_at + timedelta(days=days)


def _month_later(day: date) -> dict[str, int]:
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    last = calendar.monthrange(year, month)[1]
    return {"year": year, "month": month, "day": min(day.day, last)}
