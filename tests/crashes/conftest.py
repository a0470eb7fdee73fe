from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from tests.invariants.checking import breaches
from tests.invariants.evidence import evidence_of
from tests.sandbox_process import Sandbox
from tests.tickets.builders import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(transactional_db, alice: User, bob: User) -> tuple[User, User]:
    """Alice opens, Bob approves; what they do is committed, so that other processes see it."""
    return alice, bob


@pytest.fixture
def broken(sandbox: Sandbox, clock: Clock) -> Callable[[], list[str]]:
    """Return which promises are broken now."""
    return lambda: [str(breach) for breach in breaches(evidence_of(sandbox, at=clock()))]
