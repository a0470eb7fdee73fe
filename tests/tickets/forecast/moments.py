"""Spans that the forecasts of these tests are made of."""

from datetime import timedelta

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FREED = DAY + MINUTE + timedelta(seconds=40)  # a minute counts until its last request is a day old
FREED_TWICE = FREED + DAY + MINUTE  # what leaves at the first of these moments counts from the minute it is in
