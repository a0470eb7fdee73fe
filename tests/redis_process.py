"""A Redis of a test's own, which it may stop, freeze and empty."""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

import redis

from tests.demo_process import free_port

PROGRAM = shutil.which("redis-server")
MISSING = "no redis-server on this machine (apt-get install redis-server)"


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start, empty, at the address of before, and wait until it answers."""
        options = ["--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL)
        give_up_at = time.monotonic() + 30
        while not self._answers() and time.monotonic() < give_up_at:
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def keys(self) -> dict[str, int]:
        """Return how many messages wait in each queue."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            return {key: client.llen(key) for key in client.keys("django_q:*:q")}

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url) as client:
            try:
                return client.ping()
            except redis.RedisError:
                return False
