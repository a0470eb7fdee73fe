from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests.sandbox_process import Sandbox
from tests.tickets.builders import Clock

from .desk import Desk


@pytest.fixture
def desk_at(request, sandbox: Sandbox, alice, bob, olga, client, tmp_path, monkeypatch) -> Iterator[Callable]:
    """Set the scene at one vendor. Pages read the clock, so a scenario begins now."""
    desks: list[Desk] = []

    def at(vendor: str) -> Desk:
        people = {"alice": alice, "bob": bob, "olga": olga}
        client.force_login(alice)
        clock = Clock(datetime.now(UTC))
        desks.append(Desk(vendor, sandbox, people, client, clock, monkeypatch, tmp_path))
        return desks[-1]

    yield at
    for desk in desks:
        desk.close()
