"""Places of their own for processes that tests start: a database and a queue on the engine that the tests run on."""

import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import redis
from psycopg import sql

_databases: list[str] = []
_queues: list[str] = []


def own_places(folder: Path) -> dict[str, str]:
    """Return the variables of a console that shares nothing: its folder, an empty database, a queue."""
    return {"VAR_DIR": str(folder), "DATABASE_URL": _own_database(folder), "SECRET_KEY": own_secret()}


def own_secret() -> str:
    """Make a SECRET_KEY; settings.py names the queue after it, so that processes on one Redis keep apart."""
    secret = secrets.token_urlsafe(50)
    _queues.append(f"django_q:console-{sha256(f'queue {secret}'.encode()).hexdigest()[:12]}:q")
    return secret


def is_postgresql() -> bool:
    return os.environ.get("DATABASE_URL", "").startswith("postgres")


def clear_places() -> None:
    """Drop whatever was made here, whoever is still connected."""
    while _databases:
        _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", _databases.pop())
    if address := os.environ.get("REDIS_URL"):
        with suppress(redis.RedisError), redis.Redis.from_url(address, socket_connect_timeout=1) as client:
            client.delete(*_queues)


def _own_database(folder: Path) -> str:
    if not is_postgresql():
        return f"sqlite:///{folder}/console.sqlite3"
    name = f"console_{uuid4().hex[:12]}"
    _run("CREATE DATABASE {}", name)
    _databases.append(name)
    return _address(name)


def _run(statement: str, name: str) -> None:
    with psycopg.connect(_address("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _address(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
