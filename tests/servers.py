"""Find the servers that tests may use: at the address in a variable, or where such a server usually listens."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg
import redis

PATIENCE = 5
SQLITE = f"SQLite {sqlite3.sqlite_version}"


@dataclass(frozen=True)
class Kind:
    """A kind of server: ``variable`` is for people who run tests, ``setting`` is the console's own."""

    name: str
    variable: str
    setting: str
    usual: str
    version_of: Callable[[str], str]

    def find(self, environment: Mapping[str, str]) -> "Found | Lost":
        given = environment.get(self.variable, "").strip()
        try:
            return Found(self, given or self.usual, self.version_of(given or self.usual))
        except (psycopg.Error, redis.RedisError, ValueError) as error:
            return Lost(self, bool(given), f"{_first_line(error)} ({self.variable} says where to look).")


@dataclass(frozen=True)
class Found:
    kind: Kind
    address: str
    version: str


@dataclass(frozen=True)
class Lost:
    """No server. Where one ``was_asked_for`` by name, that is a failure and not a skip."""

    kind: Kind
    was_asked_for: bool
    reason: str


def _postgresql_version(address: str) -> str:
    with psycopg.connect(address, connect_timeout=PATIENCE) as connection:
        return f"{connection.info.server_version // 10_000}"


def _redis_version(address: str) -> str:
    with redis.Redis.from_url(address, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as client:
        return client.info("server")["redis_version"].rpartition(".")[0]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


# The last of Redis' databases: the first may be a console's that somebody runs on this machine.
POSTGRESQL = Kind(
    "PostgreSQL",
    "TEST_DATABASE_URL",
    "DATABASE_URL",
    "postgres://postgres@127.0.0.1:5432/postgres",
    _postgresql_version,
)
REDIS = Kind("Redis", "TEST_REDIS_URL", "REDIS_URL", "redis://127.0.0.1:6379/15", _redis_version)
