from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.jobs import doorbell
from tests.redis_process import MISSING, PROGRAM, RedisServer


@pytest.fixture
def redis_server(tmp_path: Path, settings, monkeypatch) -> Iterator[RedisServer]:
    """A Redis that the console uses; after a failure it is asked again at once, and an answer is awaited briefly."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    monkeypatch.setattr(doorbell, "SILENCE_SECONDS", 0)
    monkeypatch.setattr(doorbell.RedisOrDatabase, "_left_alone_until", 0)
    with RedisServer(tmp_path) as server:
        settings.REDIS_URL = f"{server.url}?socket_timeout=1.5"
        yield server
