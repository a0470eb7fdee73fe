from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User

from apps.tickets.meanings import meaning_of
from apps.tickets.models import DeletionTicket
from apps.vendors.models import Usage
from tests.sandbox_process import Sandbox
from tests.tickets.builders import ADA, Clock, accounts, approve_one, erasure_of, open_one, work


@dataclass(frozen=True)
class Seen:
    """What an answer came to: on the erasure, on its ticket, on the account, and in words."""

    status: str
    words: str
    ticket: str = "in_progress"
    attention: str = ""
    doubt: str = ""
    tries: int = 1
    pause: str = ""
    waits: bool = False
    misrouted: int = 0
    counted: int = 1


def seen(ticket: DeletionTicket, vendor: str, kind: str = "email") -> Seen:
    erasure = erasure_of(ticket, vendor, kind)
    attempt = erasure.attempts.latest("number")
    account = erasure.account
    return Seen(
        status=erasure.status,
        words=meaning_of(vendor, attempt.outcome, attempt.http_status, html=attempt.is_html).text,
        ticket=erasure.ticket.status,
        attention=erasure.attention,
        doubt=erasure.doubt,
        tries=erasure.tries,
        pause=account.pause_code,
        waits=account.wait_until is not None,
        misrouted=len(account.misrouted),
        counted=sum(Usage.objects.filter(account=account).values_list("sends", flat=True)),
    )


@pytest.fixture
def dora(bob) -> User:
    """A second approver."""
    user = User.objects.create_user("dora", is_staff=True)
    user.groups.set(bob.groups.all())
    return user


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ready(sandbox: Sandbox, alice, bob, clock) -> Callable[..., DeletionTicket]:
    """Make an approved ticket at one vendor, looked at and about to be sent."""

    def make(vendor: str, value: str = ADA, *, kind: str = "email", **options) -> DeletionTicket:
        accounts(sandbox, vendor, **options)
        ticket = open_one(identifiers={kind: value}, opened_by=alice)
        work(clock)
        return approve_one(ticket, approved_by=bob)

    return make
