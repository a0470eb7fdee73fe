"""A killed process leaves no lock behind, since nobody else holds its connection."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from apps.audit.services import deed
from apps.privacy.failpoints import Failpoint, reach

from .process import KILLED, run


def test_it_shares_no_connection_that_was_opened_before_an_event_loop_ran(transactional_db):
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(kill_one_beside_a_loop).result() == KILLED


def kill_one_beside_a_loop() -> int:
    """Connect, and go on below an event loop, as the tests of a whole run do once Playwright's has begun."""
    do_nothing()
    try:
        return asyncio.run(kill_one())
    finally:
        connection.close()


async def kill_one() -> int:
    try:
        code = run(do_nothing, "claimed")
        do_nothing()
    finally:
        connection.close()
    return code


def do_nothing() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")  # whoever finds the lock held says so, and waits no longer
    with deed():
        reach(Failpoint.CLAIMED)
