"""F31 to F36 and F50: what becomes of a ticket whose worker is gone."""

from .crashing import (
    killed_after_it_left,
    killed_before_it_left,
    killed_twice,
    killed_with_several_in_flight,
    restarted_in_a_bulk,
    stopped_after_it_left,
    stopped_before_it_left,
    worked_by_two,
)
from .ends import BENTO_ACCEPTED, CRASHED_TWICE, DIED, NEVER_LEFT, VERIFIED
from .shown import Shown
from .table import BENTO, BLUESHIFT, Row

ANSWERED_LATE = Shown("At the vendors", "unknown", BENTO_ACCEPTED.words)

CRASHES = [
    Row("F31", "SIGKILL before the request", killed_before_it_left, DIED, VERIFIED, 1, BENTO, processes=True),
    Row(
        "F32", "SIGKILL while the vendor answers", killed_after_it_left, DIED, VERIFIED, 1, processes=True, sample=True
    ),
    Row("F33", "two workers die on one erasure", killed_twice, CRASHED_TWICE, CRASHED_TWICE, 3, BENTO, processes=True),
    Row(
        "F34",
        "SIGKILL with three requests in flight",
        killed_with_several_in_flight,
        DIED,
        VERIFIED,
        9,
        BLUESHIFT,
        processes=True,
    ),
    Row("F35", "two workers at the same ticket", worked_by_two, BENTO_ACCEPTED, VERIFIED, 1, BENTO, processes=True),
    Row(
        "F36", "stopped past its lease, before the request", stopped_before_it_left, NEVER_LEFT, VERIFIED, 1, BLUESHIFT
    ),
    Row(
        "F36",
        "SIGSTOP past its lease, while the vendor answers",
        stopped_after_it_left,
        ANSWERED_LATE,
        VERIFIED,
        1,
        BENTO,
        processes=True,
        sample=True,
    ),
    Row(
        "F50",
        "two workers killed in a bulk of 10",
        restarted_in_a_bulk,
        BENTO_ACCEPTED,
        VERIFIED,
        10,
        BENTO,
        processes=True,
    ),
]
