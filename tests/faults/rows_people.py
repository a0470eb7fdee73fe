"""What people, limits, clocks and keys do to an erasure that is under way."""

from .deciding import (
    a_hundred_and_twenty,
    approved_then_cancelled,
    approved_twice,
    cancelled_then_approved,
    cancelled_too_late,
    changed_after_approval,
    listed_twice,
    robbed_of_the_right,
    sealed_with_another_key,
    shifted,
    three_of_one_person,
    two_of_three_chosen,
    used_up,
)
from .ends import BENTO_ACCEPTED, BLUESHIFT_ACCEPTED, UNKNOWN, VERIFIED, WAITING
from .shown import Shown
from .table import BENTO, BLUESHIFT, Row

CANCELLED = Shown("Cancelled", "not sent")
CHANGED = Shown("Approved", "waiting", needs="Changed since approval")
GONE = Shown("Approved", "waiting", needs="Approver may no longer approve")
UNREADABLE = Shown("Approved", "waiting", needs="The identifier cannot be read")

PEOPLE = [
    Row("F37", "two approvers click", approved_twice, BENTO_ACCEPTED, VERIFIED, 1, BENTO),
    Row("F38", "cancelled, then approved", cancelled_then_approved, CANCELLED, CANCELLED, 0, BENTO),
    Row("F38", "approved, then cancelled", approved_then_cancelled, CANCELLED, CANCELLED, 0, BLUESHIFT),
    Row("F38", "cancelled after it left", cancelled_too_late, BLUESHIFT_ACCEPTED, VERIFIED, 1, BLUESHIFT),
    Row("F39", "another profile appears after approval", changed_after_approval, CHANGED, CHANGED, 0, BLUESHIFT),
    Row("F40", "the approver loses the right before the send", robbed_of_the_right, GONE, GONE, 0, BENTO),
    Row("F46", "the worker has another key of the right name", sealed_with_another_key, UNREADABLE, VERIFIED, 1, BENTO),
    Row("F48", "the clock jumps back an hour", shifted(hours=-1), WAITING, VERIFIED, 2, BENTO),
    Row("F49", "the day's quota ends in a bulk", used_up, WAITING, VERIFIED, 5, BENTO, sample=True),
    Row("F51", "a file names whom a ticket is open for", listed_twice, BLUESHIFT_ACCEPTED, VERIFIED, 1, BLUESHIFT),
    Row("F52", "120 profiles under one address", a_hundred_and_twenty, BLUESHIFT_ACCEPTED, VERIFIED, 3, BLUESHIFT),
    Row("F61", "silence for one person's three profiles", three_of_one_person, UNKNOWN, VERIFIED, 2, BLUESHIFT),
    Row("F61", "silence for one of three customers, done", two_of_three_chosen, UNKNOWN, VERIFIED, 1, BLUESHIFT),
]
