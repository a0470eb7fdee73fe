"""The ends that many rows share, in the words of the pages."""

from .shown import Shown

VERIFIED = Shown("Erased, verified", "verified absent")
NOTHING_HELD = Shown("Nothing held", "not found")
WAITING = Shown("Approved", "waiting")
UNKNOWN = Shown("At the vendors", "unknown", "We do not know yet. Checking.")
WEB_PAGE = Shown("At the vendors", "unknown", "Answered a web page instead of an API.")
DIED = Shown("At the vendors", "unknown", "No answer was seen: the worker died while it waited.")
WRONG_ADDRESS = Shown("At the vendors", "tries again", "Check the address of this account.")
MAY_HAVE_ARRIVED = Shown("At the vendors", "tries again", "May have arrived. Checking before the next try.")
NEVER_LEFT = Shown("At the vendors", "tries again", "Did not leave.")
BUSY = Shown("At the vendors", "tries again", "Busy.", account="busy")
KEY_REFUSED = Shown("At the vendors", "waiting", "Key refused.", account="Key refused")
STOPPED_BEFORE_API = Shown(
    "At the vendors",
    "waiting",
    "Stopped before it reached the API.",
    account="Stopped before it reached the API",
)
CERTIFICATE = Shown(
    "At the vendors", "tries again", "Check the address of this account.", account="Certificate problem"
)
REJECTED = Shown(
    "At the vendors",
    "rejected",
    "Refused. Read the vendor's words, then correct and reopen, do it by hand, or close.",
    needs="Rejected by the vendor",
)
CRASHED_TWICE = Shown(
    "At the vendors",
    "unknown",
    "No answer was seen: the worker died while it waited.",
    needs="The worker died twice here",
)
BENTO_ACCEPTED = Shown("Checking the vendors", "accepted", "Queued for anonymization at Bento. Not yet proof.")
BLUESHIFT_ACCEPTED = Shown("Checking the vendors", "accepted", "Accepted by Blueshift. Not yet proof.")
