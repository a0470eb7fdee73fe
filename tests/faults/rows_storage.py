"""F41 to F47 and F60: what becomes of a ticket when the console's own surroundings fail."""

from .ends import BENTO_ACCEPTED, BLUESHIFT_ACCEPTED, DIED, VERIFIED, WAITING
from .storing import (
    closed_for_too_long,
    cut_off,
    full_before_the_answer,
    full_before_the_look,
    locked_as_the_answer_comes,
    locked_for_a_moment,
    locked_for_too_long,
    with_another_secret,
    without_redis,
)
from .table import BENTO, BLUESHIFT, Row

SQLITE = {"processes": True, "engine": "sqlite"}
POSTGRESQL = {"processes": True, "engine": "postgresql"}

STORAGE = [
    Row("F41", "locked for a second", locked_for_a_moment, BENTO_ACCEPTED, VERIFIED, 1, BENTO, **SQLITE),
    Row(
        "F41",
        "locked for seconds as the answer comes",
        locked_as_the_answer_comes,
        BLUESHIFT_ACCEPTED,
        VERIFIED,
        1,
        BLUESHIFT,
        **SQLITE,
    ),
    Row("F42", "locked past a worker's patience", locked_for_too_long, DIED, VERIFIED, 1, BENTO, **SQLITE),
    Row("F42", "closed past a worker's patience", closed_for_too_long, DIED, VERIFIED, 1, BLUESHIFT, **POSTGRESQL),
    Row("F43", "all connections terminated", cut_off, BENTO_ACCEPTED, VERIFIED, 1, BENTO, **POSTGRESQL),
    Row("F44", "disk full before the look", full_before_the_look, WAITING, VERIFIED, 1, BENTO, **SQLITE),
    Row("F45", "disk full before the answer is kept", full_before_the_answer, DIED, VERIFIED, 1, BENTO, **SQLITE),
    Row("F47", "Redis is gone", without_redis, BENTO_ACCEPTED, VERIFIED, 1, BENTO, processes=True),
    Row("F60", "another SECRET_KEY", with_another_secret, BLUESHIFT_ACCEPTED, VERIFIED, 1, BLUESHIFT, processes=True),
]
