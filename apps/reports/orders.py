"""What somebody wants a report of."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices
from django.utils.timezone import make_aware

from .errors import ReportError
from .formats import Format


class Moment(TextChoices):
    """Which of a ticket's moments must lie in the period."""

    RECEIVED = "received_at", "Received"
    OPENED = "opened_at", "Opened"
    CLOSED = "closed_at", "Closed"


class EndsBeforeItBegins(ReportError):
    """No day lies in the period."""


@dataclass(frozen=True)
class Period:
    """Whole days in the console's time zone, the last one included; raises EndsBeforeItBegins."""

    first_date: date
    last_date: date
    moment: str = Moment.RECEIVED

    def __post_init__(self) -> None:
        if self.last_date < self.first_date:
            raise EndsBeforeItBegins("The period ends before it begins.")

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.first_date)

    @property
    def ends_at(self) -> datetime:
        return _midnight(self.last_date + timedelta(days=1))


@dataclass(frozen=True)
class Order:
    """Which rows in which form. Without a period, the tickets were picked by hand."""

    period: Period | None = None
    as_format: str = Format.CSV
    with_masks: bool = True


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))  # noqa: DTZ901
