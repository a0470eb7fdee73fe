"""Everything a scenario can lay hands on: one vendor account, its people, the clock, raw servers and real workers."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.due import next_due_at
from apps.vendors.models import VendorAccount
from apps.vendors.registry import client_class
from apps.vendors.services.accounts import resume
from tests.raw_server import RawServer, Turn
from tests.sandbox_process import Sandbox
from tests.tickets.builders import ADA, Clock, accounts, approve_one, erasure_of, open_one, work

from .shown import Shown, shown_to

ROOT = Path(__file__).resolve().parent.parent.parent
MOST_TURNS = 20
IDLE_DAYS = 2
DAY = timedelta(days=1)
SET_UP = """
import django
django.setup()
from datetime import datetime
from tests.tickets.builders import Clock, work
clock = Clock(datetime.fromisoformat("{at}"))
"""
WORK = "work(clock)"


@dataclass
class Desk:
    """One scenario's surroundings. ``ticket`` is the one whose page is read."""

    vendor: str
    sandbox: Sandbox
    people: dict[str, User]
    client: Client
    clock: Clock
    patch: pytest.MonkeyPatch
    folder: Path
    ticket: DeletionTicket | None = None
    home: dict[str, str] = field(default_factory=dict)
    servers: list[RawServer] = field(default_factory=list)
    workers: list[subprocess.Popen] = field(default_factory=list)

    def name_account(self, **options: object) -> None:
        accounts(self.sandbox, self.vendor, **{"timeout": 1, "verify_after": "1h,6h,48h", **options})

    def ready(self, value: str = ADA, *, kind: str = "email", **options: object) -> DeletionTicket:
        """Have a ticket opened, looked at and approved, about to be sent; ``options`` are the account's."""
        self.name_account(**options)
        self.ticket = self.approved(value, kind=kind)
        return self.ticket

    def approved(self, value: str, *, kind: str = "email") -> DeletionTicket:
        ticket = open_one(identifiers={kind: value}, opened_by=self.people["alice"], at=self.clock())
        self.work()
        return approve_one(ticket, approved_by=self.people["bob"], at=self.clock())

    def many(self, number: int, **options: object) -> list[DeletionTicket]:
        """Have tickets for so many people whom the vendor knows; the last one is read."""
        self.name_account(**options)
        people = [f"person{n}@example.com" for n in range(number)]
        self.sandbox.add_many([{"vendor": self.vendor, "email": email} for email in people])
        opened = [open_one(email, opened_by=self.people["alice"], at=self.clock()) for email in people]
        self.work()
        tickets = [approve_one(ticket, approved_by=self.people["bob"], at=self.clock()) for ticket in opened]
        self.ticket = tickets[-1]
        return tickets

    def work(self, **later: float) -> None:
        self.clock.advance(**later)
        work(self.clock)

    def wait_out(self) -> None:
        """Work whenever something is due; where nothing is by itself, let a day pass, and give up after two of them."""
        idle = 0
        for _ in range(MOST_TURNS):
            if idle == IDLE_DAYS or not Erasure.objects.open().exists():
                return
            due_at = self._next_due()
            idle = 0 if due_at else idle + 1
            self._work_until(max(due_at, self.clock()) if due_at else self.clock() + DAY)

    def _work_until(self, moment: datetime) -> None:
        gone = moment - self.clock()
        self.sandbox.advance(gone.total_seconds())
        self.work(seconds=gone.total_seconds())

    def _next_due(self) -> datetime | None:
        account = VendorAccount.objects.get()
        return None if account.is_paused else next_due_at(account, at=self.clock())

    def fault(self, **wishes: object) -> None:
        self.sandbox.fault(**{"path": "delet", **wishes})

    def heal(self) -> None:
        """Make the vendor well again, at its old address."""
        self.sandbox.withdraw_faults()
        settings.VENDOR_SECRET_URLS = self.home or settings.VENDOR_SECRET_URLS

    def resume(self) -> None:
        resume(VendorAccount.objects.get(), by=Actor.page(self.people["olga"]), at=self.clock())

    def serve(self, *turns: Turn, **options: object) -> RawServer:
        self.servers.append(RawServer(*turns, **options))
        return self.servers[-1]

    def point_at(self, port: int, *, host: str = "127.0.0.1", tls: bool = False) -> None:
        """Move the account's address, with the vendor's certificate expected there where ``tls`` is on."""
        self.home = dict(settings.VENDOR_SECRET_URLS)
        self.patch.setattr(client_class(self.vendor), "hosts", frozenset({host}))
        url = self.home[self.vendor].replace(f"127.0.0.1:{self.sandbox.port}", f"{host}:{port}")
        settings.VENDOR_SECRET_URLS = {self.vendor: url.replace("tls=off", "tls=on") if tls else url}

    def start(self, code: str = WORK, **environment: str) -> subprocess.Popen:
        """Start a worker of its own on this database, at this moment of the clock."""
        script = SET_UP.format(at=self.clock().isoformat()) + code
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        env = {**os.environ, "ANCHOR_FILE": str(settings.ANCHOR_FILE), **self._environment(), **environment}
        self.workers.append(subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=env, **silent))
        return self.workers[-1]

    def run(self, code: str = WORK, **environment: str) -> int:
        """Run a worker to its end and return its exit code."""
        return self.start(code, **environment).wait(timeout=30)

    def until(self, holds: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < give_up_at, "It never came to that."
            time.sleep(0.02)

    def requests(self) -> int:
        """Count the deletions that any vendor saw, whatever it answered."""
        raw = [request for server in self.servers for request in server.requests if request.method == "POST"]
        return len(self.sandbox.deletions()) + len(raw)

    def erasure(self, ticket: DeletionTicket | None = None):
        return erasure_of(ticket or self.ticket, self.vendor, (ticket or self.ticket).identifiers.get().kind)

    def shown(self, ticket: DeletionTicket | None = None) -> Shown:
        return shown_to(self.client, ticket or self.ticket, self.vendor)

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        for server in self.servers:
            server.close()

    def _environment(self) -> dict[str, str]:
        named = {f"VENDOR_{name.upper()}": url for name, url in settings.VENDOR_SECRET_URLS.items()}
        return {"DJANGO_SETTINGS_MODULE": "compliance_console.settings", "DATABASE_URL": _database(), **named}


def _database() -> str:
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"
