"""The queue on Redis, with the one in the database behind it: while Redis is gone, rings go through the database."""

import logging
import time
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import redis
from django.conf import settings
from django_q.brokers.orm import ORM
from django_q.brokers.redis_broker import Redis

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 1
ANSWER_SECONDS = 3  # a worker waits at the queue for one
SILENCE_SECONDS = 10


class RedisOrDatabase(Redis):
    """A broker for django-q2 that outlives its Redis; a ring may arrive twice, which changes nothing.

    A process leaves a Redis that failed alone for some seconds, so that no page waits for it at every ring.
    """

    _left_alone_until = 0.0

    @cached_property
    def _behind(self) -> ORM:
        return ORM(self.list_key.removeprefix("django_q:").removesuffix(":q"))

    @staticmethod
    def get_connection(list_key: str | None = None) -> redis.Redis:
        return _client(settings.REDIS_URL)

    def ping(self) -> bool:
        """Say that messages can be taken: workers start without their Redis, too."""
        self._ask(super().ping)
        return True

    def enqueue(self, task: str) -> int:
        return self._ask(super().enqueue, task) or self._behind.enqueue(task)

    def dequeue(self) -> list[tuple] | None:
        return self._ask(super().dequeue) or self._take_from_database()

    def queue_size(self) -> int:
        return (self._ask(super().queue_size) or 0) + self._behind.queue_size()

    def lock_size(self) -> int:
        return self._behind.lock_size()

    def purge_queue(self) -> None:
        self._ask(super().purge_queue)
        self._behind.purge_queue()

    def delete_queue(self) -> None:
        self._ask(super().delete_queue)
        self._behind.delete_queue()

    def acknowledge(self, task_id: int | None) -> None:
        """Messages from Redis carry no id: they are gone once they are taken."""
        if task_id is not None:
            self._behind.acknowledge(task_id)

    delete = fail = acknowledge

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        self._ask(super().set_stat, key, value, timeout)

    def get_stat(self, key: str) -> bytes | None:
        return self._ask(super().get_stat, key)

    def get_stats(self, pattern: str) -> list[bytes] | None:
        return self._ask(super().get_stats, pattern)

    def _take_from_database(self) -> list[tuple] | None:
        """Wait at the database only while Redis, where a worker waits otherwise, is gone."""
        if self._is_left_alone or self._behind.queue_size():
            return self._behind.dequeue()
        return None

    @property
    def _is_left_alone(self) -> bool:
        return time.monotonic() < RedisOrDatabase._left_alone_until

    def _ask(self, command: Callable, *arguments: Any) -> Any:
        """Return Redis' answer, or None while it gives none."""
        if self._is_left_alone:
            return None
        try:
            return command(*arguments)
        except redis.RedisError as error:
            RedisOrDatabase._left_alone_until = time.monotonic() + SILENCE_SECONDS
            logger.warning("Redis failed (%s): messages go through the database.", type(error).__name__)
            return None


@cache
def _client(address: str) -> redis.Redis:
    """Keep one client a process; django-q2 alone would connect anew for every message. The address' options win."""
    return redis.Redis.from_url(address, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS)
