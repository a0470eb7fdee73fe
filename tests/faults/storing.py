"""Plays in which the database, the disk, Redis or the keys of the console itself fail under a worker."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.urls import reverse

from apps.tickets.services import insisting
from tests.tickets.builders import approve_one, open_one

from .crashing import LEASE
from .desk import Desk

NOT_FOR_LONG = 1.0
ONE_BY_ONE = {"concurrency": 1}  # nothing else is claimed while an answer is out: only its own write can fail
QUICK = 0.2  # seconds that SQLite waits for a lock here, in place of 20
NO_REDIS = {"REDIS_URL": "redis://127.0.0.1:1/0"}
NEW_SECRET = "another-key-for-tests-only-which-no-installation-ever-uses"
APPROVE = """
from django.contrib.auth.models import User
from apps.tickets.models import DeletionTicket
from tests.tickets.builders import approve_one
approve_one(DeletionTicket.objects.get(), approved_by=User.objects.get(username="bob"), at=clock())
"""
ON_A_FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
work(clock)
"""
DISK_FILLS_UP = """
import resource, threading
from apps.tickets.models import Erasure
from apps.tickets.services import insisting
insisting.LONGEST = 0.2
class Filling(Clock):
    def __call__(self):
        writes = threading.current_thread() is threading.main_thread()
        if writes and Erasure.objects.filter(status="sending").exists():
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        return super().__call__()
work(Filling(clock()))
"""


def locked_for_a_moment(desk: Desk) -> None:
    """Another program holds the database while the worker claims."""
    desk.ready()
    with _Held() as held:
        threading.Timer(NOT_FOR_LONG, held.let_go).start()
        desk.work()


def locked_as_the_answer_comes(desk: Desk) -> None:
    """Longer than SQLite waits, and not as long as a worker insists."""
    desk.ready(**ONE_BY_ONE)
    _hurry(desk)
    with _Held(later=True) as held:
        threading.Timer(3 * NOT_FOR_LONG, held.let_go).start()
        _while_it_is_out(desk, held.take)
        desk.work()


def locked_for_too_long(desk: Desk) -> None:
    desk.ready(**ONE_BY_ONE)
    _hurry(desk)
    desk.patch.setattr(insisting, "LONGEST", QUICK)
    with _Held(later=True) as held:
        _while_it_is_out(desk, held.take)
        with pytest.raises(OperationalError):
            desk.work()
    desk.work(**LEASE)


def cut_off(desk: Desk) -> None:
    """Every connection is terminated between the attempt and its answer, as in a failover."""
    desk.ready(**ONE_BY_ONE)
    _while_it_is_out(desk, lambda: _as_superuser(_TERMINATE))
    desk.work()


def closed_for_too_long(desk: Desk) -> None:
    desk.ready(**ONE_BY_ONE)
    desk.patch.setattr(insisting, "LONGEST", QUICK)
    _while_it_is_out(desk, lambda: _as_superuser(_CLOSE, _TERMINATE))
    with pytest.raises(OperationalError):
        desk.work()
    _as_superuser(_OPEN)
    connection.close()
    desk.work(**LEASE)


def full_before_the_look(desk: Desk) -> None:
    """Approved before anybody looked; no snapshot can be kept, so nothing leaves."""
    desk.name_account()
    desk.ticket = open_one(opened_by=desk.people["alice"], at=desk.clock())
    approve_one(desk.ticket, approved_by=desk.people["bob"], at=desk.clock())
    assert desk.run(ON_A_FULL_DISK) == 1
    assert desk.requests() == 0


def full_before_the_answer(desk: Desk) -> None:
    desk.ready()
    desk.fault(seconds=0.3)
    assert desk.run(DISK_FILLS_UP) == 1
    desk.work(**LEASE)


def without_redis(desk: Desk) -> None:
    """The bell cannot be rung when the ticket is approved; the row is the queue."""
    desk.name_account()
    desk.ticket = open_one(opened_by=desk.people["alice"], at=desk.clock())
    desk.work()
    assert desk.run(APPROVE, **NO_REDIS) == 0
    assert desk.run(**NO_REDIS) == 0


def with_another_secret(desk: Desk) -> None:
    """Who was logged in is logged out; the worker goes on."""
    desk.ready()
    browser = Client()
    browser.force_login(desk.people["bob"])
    with override_settings(SECRET_KEY=NEW_SECRET):
        assert browser.get(reverse("admin:index")).status_code == 302
    assert desk.run(SECRET_KEY=NEW_SECRET) == 0


class _Held:
    """The write lock of the SQLite file, in the hands of somebody else."""

    def __init__(self, *, later: bool = False):
        self._file = sqlite3.connect(connection.settings_dict["NAME"], check_same_thread=False, timeout=5)
        if not later:
            self.take()

    def __enter__(self) -> "_Held":
        return self

    def __exit__(self, *exception: object) -> None:
        self.let_go()
        self._file.close()

    def take(self) -> None:
        self._file.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        with suppress(sqlite3.ProgrammingError):
            self._file.rollback()


def _hurry(desk: Desk) -> None:
    desk.patch.setitem(connection.settings_dict["OPTIONS"], "timeout", QUICK)
    connection.close()


def _while_it_is_out(desk: Desk, deed: Callable[[], None]) -> None:
    """Let the vendor hold its answer back until this has been done."""
    desk.fault(seconds=0.6)

    def wait_and_do() -> None:
        desk.until(lambda: desk.requests() == 1)
        deed()

    threading.Thread(target=wait_and_do).start()


_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
_CLOSE = 'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'
_OPEN = 'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'


def _as_superuser(*statements: str) -> None:
    given = connection.settings_dict
    where = {"host": given["HOST"], "port": given["PORT"] or 5432, "user": given["USER"], "password": given["PASSWORD"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **where) as line:
        for statement in statements:
            line.execute(statement.format(name=given["NAME"]))
