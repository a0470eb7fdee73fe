"""F24 to F30: the way to the vendor."""

from tests.raw_server import hangs_up, resets

from .answering import answered
from .ends import (
    BENTO_ACCEPTED,
    BLUESHIFT_ACCEPTED,
    CERTIFICATE,
    NEVER_LEFT,
    UNKNOWN,
    VERIFIED,
)
from .rows_answers import RESUMED
from .shown import Shown
from .table import BENTO, BLUESHIFT, Row
from .travelling import (
    answered_twice,
    certified,
    closed_between_two,
    cut_in_the_handshake,
    expired,
    of_an_old_version,
    of_another_host,
    refused,
    under_a_proxy,
    unnamed,
    vouched_for_by_nobody,
)

NOT_DONE = Shown("At the vendors", "still present", needs="Still present after the last check")
FOREIGN = "a certificate of another host"
UNKNOWN_SIGNER = "a certificate that nobody vouches for"

TRAVEL = [
    Row("F7", "a proxy in the environment", under_a_proxy, BENTO_ACCEPTED, VERIFIED, sent=1, vendors=BENTO),
    Row("F24", "an expired certificate", certified(expired), CERTIFICATE, VERIFIED, 1, BENTO, RESUMED),
    Row("F24", UNKNOWN_SIGNER, certified(vouched_for_by_nobody), CERTIFICATE, VERIFIED, 1, BLUESHIFT, RESUMED),
    Row("F24", FOREIGN, certified(of_another_host), CERTIFICATE, VERIFIED, 1, BENTO, RESUMED),
    Row("F24", "TLS 1.1 at most", certified(of_an_old_version), CERTIFICATE, VERIFIED, 1, BLUESHIFT, RESUMED),
    Row("F25", "a name that does not resolve", unnamed, NEVER_LEFT, VERIFIED, sent=1),
    Row("F26", "connection refused", refused, NEVER_LEFT, VERIFIED, sent=1),
    Row("F27", "reset in the handshake", cut_in_the_handshake(resets), NEVER_LEFT, VERIFIED, 1, BENTO),
    Row("F27", "hung up in the handshake", cut_in_the_handshake(hangs_up), NEVER_LEFT, VERIFIED, 1, BLUESHIFT),
    Row("F28", "reset after the request", answered(wire="reset"), UNKNOWN, VERIFIED),
    Row("F28", "reset after the request, done", answered(wire="reset", effect=True), UNKNOWN, VERIFIED, sent=1),
    Row("F28", "silence", answered(wire="timeout", seconds=5), UNKNOWN, VERIFIED, vendors=BLUESHIFT),
    Row("F29", "a line that the vendor closed between two", closed_between_two, BENTO_ACCEPTED, NOT_DONE, 2, BENTO),
    Row("F30", "an answer before its request", answered_twice, BLUESHIFT_ACCEPTED, NOT_DONE, 2, BLUESHIFT),
    Row("F30", "an answer before its request", answered_twice, BENTO_ACCEPTED, NOT_DONE, 2, BENTO),
]
