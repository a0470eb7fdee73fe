from datetime import timedelta

import pytest

from apps.privacy.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("90", 90), ("90s", 90), ("15m", 900), ("6h", 21_600), ("2d", 172_800), (" 24h ", 86_400)],
)
def test_a_number_takes_its_unit(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "h", "1.5h", "-1h", "1h30m", "1 day", "٣h", "9999999999d"])
def test_anything_else_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match="is not a duration. Write a whole number"):
        parse_duration(text)
