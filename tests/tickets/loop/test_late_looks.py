"""A look that comes back after something else was decided: what may be sealed, and what can be read afterwards."""

from collections.abc import Callable

import pytest

from apps.audit.actors import Actor
from apps.audit.models import AuditSnapshot
from apps.privacy.models import DataKey
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.services import deciding, handling
from apps.tickets.services.claiming import Step, Worker, claim
from apps.tickets.services.looking import settle_look, settle_useless_look
from apps.tickets.services.shredding import shred_due
from apps.tickets.services.sighting import look
from apps.tickets.services.sweeping import release_lapsed_leases
from apps.vendors.clients.errors import Outcome, VendorUnclear
from apps.vendors.models import VendorAccount
from apps.vendors.registry import connect
from apps.vendors.selectors import configuration_of
from apps.vendors.services.pacing import OwnPace
from tests.constants import NOW
from tests.tickets.builders import NOBODY, Clock, accounts, actions, approve_one, erasure_of, open_one, work

LOST = VendorUnclear("Bento answered 500.", outcome=Outcome.MAYBE_ARRIVED, http_status=500)


def only(ticket):
    return DeletionTicket.objects.filter(pk=ticket.pk)


def claimed(clock: Clock) -> tuple[Worker, Step]:
    account = VendorAccount.objects.get(name="bento")
    worker = Worker(configuration_of(account), account, "worker-1")
    [step] = claim(worker, wanted=1, looks_first=True, at=clock())
    return worker, step


def in_flight(clock: Clock) -> Callable[[], None]:
    """Ask Bento and return what settles its answer, so that anything may happen in between."""
    worker, step = claimed(clock)
    client = connect(worker.account)
    sighting = look(client, step, OwnPace(worker.row, worker.account.options, clock))
    client.close()
    return lambda: settle_look(worker, step, sighting, at=clock())


def cancel(ticket, alice):
    deciding.cancel(only(ticket), text="They changed their mind.", by=Actor.page(alice), at=NOW)


def readable() -> int:
    return AuditSnapshot.objects.filter(sealed__isnull=False).count()


@pytest.fixture
def asked(sandbox, alice):
    """A ticket at Bento that was never looked at."""
    accounts(sandbox, "bento")
    return open_one(opened_by=alice)


@pytest.mark.parametrize("end", ["cancel", "deny"])
def test_nothing_is_sealed_once_its_ticket_was_called_off(asked, clock, alice, bob, end):
    settle = in_flight(clock)
    if end == "cancel":
        cancel(asked, alice)
    else:
        deciding.deny(only(asked), code="other", text="Not ours.", by=Actor.page(bob), at=NOW)

    settle()

    assert not AuditSnapshot.objects.exists()
    assert erasure_of(asked).leased_until is None
    assert "snapshot.sealed" not in actions(asked)


def test_a_look_without_an_answer_asks_nobody_about_a_ticket_that_was_called_off(sandbox, clock, alice):
    accounts(sandbox, "bento", tries=1)
    ticket = open_one(opened_by=alice)
    worker, step = claimed(clock)
    cancel(ticket, alice)

    settle_useless_look(worker, step, LOST, at=clock())

    erasure = erasure_of(ticket)
    assert (erasure.attention, erasure.leased_until) == ("", None)
    assert actions(ticket)[-1] == "ticket.cancelled"


def test_nothing_is_sealed_once_its_erasure_was_closed(asked, clock, bob):
    settle = in_flight(clock)
    approve_one(asked, approved_by=bob)
    handling.exempt(erasure_of(asked), text="The law says to keep it.", by=Actor.page(bob), at=NOW)
    keys = DataKey.objects.count()

    settle()

    assert not AuditSnapshot.objects.exists()
    assert DataKey.objects.count() == keys


def test_a_lease_that_outlives_its_erasure_is_nobodys_crash(asked, clock, bob, django_assert_num_queries):
    claimed(clock)
    approve_one(asked, approved_by=bob)
    handling.exempt(erasure_of(asked), text="The law says to keep it.", by=Actor.page(bob), at=NOW)
    Erasure.objects.update(leased_until=clock())

    with django_assert_num_queries(1):
        release_lapsed_leases(at=clock())

    assert "erasure.worker_died" not in actions(asked)


def test_a_worker_that_lost_its_lease_seals_nothing(asked, clock):
    settle = in_flight(clock)
    clock.advance(minutes=5)
    release_lapsed_leases(at=clock())
    keys = DataKey.objects.count()

    settle()

    assert not AuditSnapshot.objects.exists()
    assert DataKey.objects.count() == keys
    assert actions(asked)[-1] == "erasure.worker_died"


def test_a_look_that_ends_after_the_approval_is_sealed_once(asked, clock, bob):
    settle = in_flight(clock)
    approve_one(asked, approved_by=bob)

    settle()

    erasure = erasure_of(asked)
    assert (erasure.before.profiles, erasure.shown_at_approval, erasure.attention) == (1, None, "")
    assert readable() == 1


def test_a_read_back_that_ends_after_a_retry_is_not_kept(ready, sandbox, clock, bob):
    ticket = ready("bento", verify_after="1h")
    sandbox.fault(path="delet", wire="reset")
    work(clock)
    clock.advance(hours=1)
    settle = in_flight(clock)
    handling.retry(erasure_of(ticket), by=Actor.page(bob), at=clock())

    settle()

    assert (erasure_of(ticket).status, erasure_of(ticket).after) == ("retry_wait", None)
    assert readable() == 1


def test_every_snapshot_of_a_completed_ticket_is_shredded_in_the_end(ready, clock):
    ticket = ready("bento", NOBODY)
    clock.advance(hours=25)
    work(clock)
    [before, superseding] = AuditSnapshot.objects.order_by("pk")
    assert erasure_of(ticket).before == superseding
    assert before.is_readable
    clock.advance(days=30)

    shred_due(at=clock())

    assert readable() == 0


def test_what_a_superseded_snapshot_holds_is_found_without_the_one_that_took_its_place(ready, clock):
    ticket = ready("bento", NOBODY)
    work(clock)
    Erasure.objects.filter(ticket=ticket).update(before=None)
    clock.advance(days=30)

    assert shred_due(at=clock()) == 1
    assert shred_due(at=clock()) == 0
    assert readable() == 0


def test_the_snapshots_of_an_open_ticket_are_kept(ready, clock):
    ready("bento")
    clock.advance(days=365)

    assert shred_due(at=clock()) == 0
    assert readable() == 1


def test_what_was_left_of_a_ticket_that_was_called_off_is_shredded_without_waiting(asked, clock, alice):
    in_flight(clock)()
    only(asked).update(status="cancelled", resolution="withdrawn", closed_at=clock())

    assert shred_due(at=clock()) == 1
    assert readable() == 0
