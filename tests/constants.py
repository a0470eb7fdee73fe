"""What every test means by now."""

from datetime import UTC, datetime

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
