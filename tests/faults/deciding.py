"""Plays in which people, limits, clocks and keys come between: approvals, quotas, profiles, a wrong key."""

from django.conf import settings

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket, TicketBatch
from apps.tickets.services import batches
from apps.tickets.services.approving import approve
from apps.tickets.services.choosing import choose_profiles
from apps.tickets.services.deciding import cancel
from tests.tickets.builders import open_one, work

from .desk import Desk
from .table import Play

ADA = "ada@example.com"
MARGARET = "margaret@example.com"  # three profiles at Blueshift: two customers, and one without an id
OTHER_KEY = "test1:b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktMTI="
PER_DAY = 3


def approved_twice(desk: Desk) -> None:
    desk.ready()
    assert _approve(desk) == ["already approved by bob"]
    desk.work()


def cancelled_then_approved(desk: Desk) -> None:
    desk.name_account()
    desk.ticket = open_one(opened_by=desk.people["alice"], at=desk.clock())
    assert _cancel(desk) == []
    assert _approve(desk) == ["is “Cancelled”, so this cannot be done any more"]
    desk.work()


def approved_then_cancelled(desk: Desk) -> None:
    desk.ready()
    assert _cancel(desk) == []
    desk.work()


def cancelled_too_late(desk: Desk) -> None:
    desk.ready()
    desk.work()
    assert _cancel(desk) == ["is “Checking the vendors”, so this cannot be done any more"]


def changed_after_approval(desk: Desk) -> None:
    """An identifier never changes; what the vendor holds may, and the look before sending sees it."""
    desk.ready()
    desk.sandbox.add(desk.vendor, ADA, customer_ids=["2222"])
    desk.work(hours=25)


def robbed_of_the_right(desk: Desk) -> None:
    desk.ready()
    desk.people["bob"].groups.clear()
    desk.work()


def listed_twice(desk: Desk) -> None:
    """A file names somebody twice, and then somebody for whom a ticket is open."""
    desk.ready()
    batch = batches.accept_file(f"email\n{ADA}\n", identity_basis="elsewhere", by=_by(desk, "alice"), at=desk.clock())
    batches.open_batch(batch.pk, clock=desk.clock)
    assert TicketBatch.objects.get(pk=batch.pk).rejects.count() == 1
    assert DeletionTicket.objects.count() == 1
    desk.work()


def a_hundred_and_twenty(desk: Desk) -> None:
    desk.ready("dennis@example.com")
    desk.work()


def three_of_one_person(desk: Desk) -> None:
    desk.sandbox.add("blueshift", "vera@example.com", profiles=3)
    desk.ready("vera@example.com")
    desk.fault(wire="timeout", seconds=5)
    desk.work()


def two_of_three_chosen(desk: Desk) -> None:
    """Only one customer's profile is this person's; the answer to the request for it is lost."""
    desk.name_account()
    desk.ticket = open_one(MARGARET, opened_by=desk.people["alice"], at=desk.clock())
    desk.work()
    erasure = desk.erasure()
    [uuid] = [
        person["uuid"] for person in desk.sandbox.people(MARGARET)["blueshift"] if person["customer_id"] == "2001"
    ]
    said = {"choice": "ticked", "uuids": [uuid], "text": "", "snapshot": erasure.before_id}
    choose_profiles(erasure, **said, by=_by(desk, "bob"), at=desk.clock())
    assert _approve(desk) == []
    desk.fault(wire="timeout", seconds=5, effect=True)
    desk.work()


def used_up(desk: Desk) -> None:
    desk.many(5, per_day=PER_DAY)
    desk.work()
    assert desk.requests() == PER_DAY


def shifted(**step: float) -> Play:
    """The clock jumps between two sends of a day that takes one."""

    def play(desk: Desk) -> None:
        desk.many(2, per_day=1)
        desk.work()
        desk.clock.advance(**step)
        work(desk.clock)

    return play


def sealed_with_another_key(desk: Desk) -> None:
    """The worker was started with a key that has the right name and other bytes."""
    desk.ready()
    right = settings.VAULT_KEYS
    desk.patch.setattr(settings, "VAULT_KEYS", OTHER_KEY)
    desk.work()
    desk.patch.setattr(settings, "VAULT_KEYS", right)


def _approve(desk: Desk) -> list[str]:
    tickets = DeletionTicket.objects.filter(pk=desk.ticket.pk)
    refusals = approve(tickets, sources_paused="paused", by=_by(desk, "bob"), at=desk.clock())
    return [refusal.reason for refusal in refusals]


def _cancel(desk: Desk) -> list[str]:
    tickets = DeletionTicket.objects.filter(pk=desk.ticket.pk)
    refusals = cancel(tickets, text="They changed their mind.", by=_by(desk, "alice"), at=desk.clock())
    return [refusal.reason for refusal in refusals]


def _by(desk: Desk, name: str) -> Actor:
    return Actor.page(desk.people[name])
