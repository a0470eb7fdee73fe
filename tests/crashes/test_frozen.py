"""A process that freezes inside a deed holds the ledger only until the server ends its connection."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.audit.selectors import verify
from apps.audit.services import deed, record
from apps.tickets.services.insisting import Insistence
from tests.constants import NOW
from tests.keeper_process import kill, until

from .process import begin, end_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's lock lasts as long as its process."),
]
SHORT = "2s"  # in place of a minute


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


def test_the_server_ends_a_silent_transaction_and_misses_a_host_that_is_gone():
    assert shown("idle_in_transaction_session_timeout") == "1min"
    assert [shown(f"tcp_keepalives_{name}") for name in ("idle", "interval", "count")] == ["30", "10", "3"]


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[int]:
    """Stop a process that has written inside its deed and committed nothing."""
    inside, woken = tmp_path / "inside", tmp_path / "woken"
    pid = begin(lambda: Insistence()(partial(write_slowly, inside, woken)))
    until(inside.exists)
    os.kill(pid, signal.SIGSTOP)
    woken.touch()
    yield pid
    kill(pid)


def write_slowly(inside: Path, woken: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [SHORT])
    write("DEL-2026-000001", then=lambda: (inside.touch(), until(woken.exists)))


def write(reference: str, *, then=lambda: None) -> None:
    with deed():
        record("ticket.opened", reference, by=Actor.worker(), at=NOW)
        then()


def test_others_go_on_while_it_sleeps_and_it_writes_once_when_it_wakes(frozen):
    begun = time.monotonic()

    write("DEL-2026-000002")

    assert time.monotonic() - begun < 20
    os.kill(frozen, signal.SIGCONT)
    assert end_of(frozen) == 0
    assert [event.subject for event in AuditEvent.objects.order_by("seq")] == ["DEL-2026-000002", "DEL-2026-000001"]
    assert verify().fault is None
