"""The sandbox's clock: real time that a test may push forward."""

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Push the clock forward: effects that wait become due, and limits forget what is now long ago."""
        self._ahead += timedelta(seconds=seconds)

    def reset(self) -> None:
        self._ahead = timedelta()


def stamp(moment: datetime) -> str:
    """Write a moment the way both vendors do; stamps sort like the moments they stand for."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read an ISO 8601 date or time; one without a zone is UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(text.strip())
    try:
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("The moment lies outside the calendar.") from error
