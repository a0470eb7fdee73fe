"""Rings go through Redis, and through the database while it is gone: none of them undoes a deed or holds a page up."""

import time

import pytest
from django_q.models import OrmQ

from apps.jobs import doorbell
from apps.jobs.doorbell import RedisOrDatabase

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_ring_goes_through_redis_and_is_taken_once(redis_server):
    RedisOrDatabase("tests").enqueue("ring")

    assert redis_server.keys() == {"django_q:tests:q": 1}
    assert RedisOrDatabase("tests").dequeue() == [(None, b"ring")]
    assert RedisOrDatabase("tests").dequeue() is None
    assert not OrmQ.objects.exists()


def test_while_redis_is_gone_rings_go_through_the_database(redis_server):
    redis_server.kill()

    RedisOrDatabase("tests").enqueue("ring")
    [(taken, message)] = RedisOrDatabase("tests").dequeue()
    RedisOrDatabase("tests").acknowledge(taken)

    assert message == "ring"
    assert not OrmQ.objects.exists()


def test_what_went_through_the_database_is_taken_when_redis_is_back(redis_server):
    redis_server.kill()
    RedisOrDatabase("tests").enqueue("first")
    redis_server.start()
    RedisOrDatabase("tests").enqueue("second")

    broker = RedisOrDatabase("tests")

    assert broker.queue_size() == 2
    assert {message for _ in range(2) for _, message in broker.dequeue()} == {"first", b"second"}


def test_a_redis_that_answers_nothing_is_waited_for_once(redis_server, monkeypatch):
    monkeypatch.setattr(doorbell, "SILENCE_SECONDS", 60)
    redis_server.freeze()

    started = time.monotonic()
    for _ in range(20):
        RedisOrDatabase("tests").enqueue("ring")

    assert 1 < time.monotonic() - started < 4
    assert OrmQ.objects.count() == 20


def test_statistics_are_silent_while_redis_is_gone(redis_server):
    redis_server.kill()
    broker = RedisOrDatabase("tests")

    broker.set_stat("key", "value", 3)

    assert broker.get_stat("key") is None
    assert broker.get_stats("key*") is None


def test_a_message_of_redis_needs_no_acknowledgement(redis_server):
    RedisOrDatabase("tests").acknowledge(None)

    assert redis_server.keys() == {}
