"""Clusters on several hosts share the database and a Redis, and a Redis that goes takes no work with it."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.places import is_postgresql
from tests.redis_process import MISSING, PROGRAM, RedisServer
from tests.sandbox_process import Sandbox

from .console_process import Cluster, Console

pytestmark = [pytest.mark.database, pytest.mark.skipif(PROGRAM is None, reason=MISSING)]

PEOPLE = 16
PER_DAY = 8
PER_MINUTE = 10
PATIENCE = 150


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


def console_with(options: str, folder: Path, sandbox, redis_server: RedisServer) -> Console:
    return Console(folder, {"VENDOR_BENTO": f"{sandbox.bento_url}&{options}", "REDIS_URL": redis_server.url})


def approve(console: Console, *people: str) -> None:
    console.open("\n".join(["email", *people]))
    console.approve()


def wait_for_deletions(sandbox: Sandbox, count: int, address: str = "") -> None:
    give_up_at = time.monotonic() + PATIENCE
    while len(sandbox.deletions(address)) < count:
        assert time.monotonic() < give_up_at, Counter(request["action"] for request in sandbox.journal())
        time.sleep(0.3)


def counts_of(console: Console) -> Counter:
    return Counter(erasure["status"] for ticket in console.tickets() for erasure in ticket["erasures"])


def most_in_a_minute(moments: list[float]) -> int:
    return max(sum(start <= moment < start + 60 for moment in moments) for start in moments)


@pytest.mark.skipif(not is_postgresql(), reason="an SQLite file belongs to one host")
def test_two_hosts_share_the_lanes_and_keep_the_limits_together(tmp_path, sandbox, redis_server):
    people = [f"person{number}@example.org" for number in range(PEOPLE)]
    sandbox.add_many([{"vendor": "bento", "email": email} for email in people])
    options = f"per_day={PER_DAY}&per_minute={PER_MINUTE}&lanes=2&verify_after=1h"
    console = console_with(options, tmp_path, sandbox, redis_server)
    (tmp_path / "other").mkdir()

    approve(console, *people)
    with Cluster(console), Cluster(console.elsewhere(tmp_path / "other")):
        wait_for_deletions(sandbox, PER_DAY)
        time.sleep(2)  # for one too many

    sent = Counter(request["identifiers"][0] for request in sandbox.deletions())
    assert (len(sent), set(sent.values())) == (PER_DAY, {1})
    assert counts_of(console) == {"accepted": PER_DAY, "queued": PEOPLE - PER_DAY}
    looks = [datetime.fromisoformat(request["received_at"]).timestamp() for request in sandbox.journal(action="find")]
    assert most_in_a_minute(looks) <= PER_MINUTE
    assert console.breaches(sandbox) == ""


def test_work_goes_on_while_redis_is_gone_and_after_it_came_back_empty(tmp_path, sandbox, redis_server):
    people = ["ann@example.org", "bea@example.org", "cas@example.org"]
    sandbox.add_many([{"vendor": "bento", "email": email} for email in people])
    console = console_with("per_minute=6000&verify_after=1h", tmp_path, sandbox, redis_server)

    with Cluster(console):
        for email, prepare in zip(people, (lambda: None, redis_server.kill, redis_server.start), strict=True):
            prepare()
            approve(console, email)
            wait_for_deletions(sandbox, 1, email)

    assert [request["identifiers"] for request in sandbox.deletions()] == [[email] for email in people]
    assert counts_of(console) == {"accepted": 3}
    assert console.breaches(sandbox) == ""


def test_rings_that_were_flushed_away_are_rung_again(tmp_path, sandbox, redis_server):
    sandbox.add("bento", "ann@example.org")
    console = console_with("per_minute=6000&verify_after=1h", tmp_path, sandbox, redis_server)

    approve(console, "ann@example.org")
    assert sum(redis_server.keys().values()) > 0
    redis_server.flush()
    with Cluster(console):
        wait_for_deletions(sandbox, 1)

    assert len(sandbox.deletions()) == 1
