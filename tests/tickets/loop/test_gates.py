"""What has to be true before a request may leave: a standing approval, and a snapshot like the one shown."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket
from apps.tickets.services import deciding, handling
from apps.tickets.services.approving import approve, renew_approval
from apps.tickets.services.claiming import Worker, claim
from apps.tickets.services.lane import work_lane
from apps.tickets.services.looking import settle_look
from apps.tickets.services.sighting import Sighting
from apps.tickets.services.sweeping import sweep
from apps.vendors.clients.answers import Look, Profile
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configuration_of
from tests.constants import NOW
from tests.tickets.builders import ADA, accounts, actions, approve_one, erasure_of, open_one, work

ALAN = "alan@example.com"  # unsubscribed


def only(ticket):
    return DeletionTicket.objects.filter(pk=ticket.pk)


def start_a_look(clock, *found: Profile):
    """Claim the look that is due at Bento and return what settles it: nobody was found, unless records are named."""
    account = VendorAccount.objects.get(name="bento")
    worker = Worker(configuration_of(account), account, "worker-1")
    [step] = claim(worker, wanted=1, looks_first=True, at=clock())
    return lambda: settle_look(worker, step, Sighting(Look(found, b"{}", 200, ""), "typed"), at=clock())


def test_nothing_is_sent_before_approval(sandbox, clock, alice):
    accounts(sandbox)
    ticket = open_one(opened_by=alice)

    work(clock)

    assert erasure_of(ticket).before.profiles == 1
    assert [request["action"] for request in sandbox.journal()] == ["find", "search"]


@pytest.mark.parametrize("loss", ["the right", "the account"])
def test_an_approver_who_lost_the_right_approves_nothing_more(ready, sandbox, clock, bob, dora, loss):
    ticket = ready("bento")
    bob.groups.clear()
    bob.is_active = loss == "the right"
    bob.save(update_fields=["is_active"])

    work(clock)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.attention) == ("queued", "approver_gone")
    assert sandbox.deletions() == []
    assert actions(ticket)[-1] == "erasure.approver_gone"

    assert renew_approval(ticket, by=Actor.page(dora), at=NOW) == 1
    work(clock)

    assert erasure_of(ticket).status == "accepted"


def test_more_than_the_approver_saw_is_not_sent(ready, sandbox, clock, bob):
    ticket = ready("blueshift")
    sandbox.add("blueshift", ADA)
    clock.advance(hours=25)

    work(clock)

    erasure = erasure_of(ticket, "blueshift")
    assert (erasure.status, erasure.attention, erasure.before.profiles) == ("queued", "changed_since_approval", 2)
    assert sandbox.deletions() == []

    handling.confirm_snapshot(erasure, by=Actor.page(bob), at=clock())
    work(clock)

    assert erasure_of(ticket, "blueshift").status == "accepted"


def test_one_record_more_is_not_sent_though_it_has_no_id(ready, sandbox, clock):
    ticket = ready("bento")
    [known] = erasure_of(ticket).before.vendor_uuids
    clock.advance(hours=25)

    start_a_look(clock, Profile(known), Profile(""))()

    assert erasure_of(ticket).attention == "changed_since_approval"


def test_somebody_who_subscribed_again_since_approval_is_not_sent(ready, sandbox, clock):
    ticket = ready("bento", ALAN)
    [uuid] = erasure_of(ticket).before.vendor_uuids
    sandbox.change(uuid, unsubscribed_at=None)
    clock.advance(hours=25)

    work(clock)

    assert erasure_of(ticket).attention == "changed_since_approval"
    assert sandbox.deletions() == []


def test_fewer_than_the_approver_saw_is_no_change(ready, sandbox, clock):
    sandbox.add("blueshift", "vera@example.com", profiles=3)
    ticket = ready("blueshift", "vera@example.com")
    sandbox.remove(erasure_of(ticket, "blueshift").before.vendor_uuids[0])
    clock.advance(hours=25)

    work(clock)

    assert erasure_of(ticket, "blueshift").status == "accepted"


def test_a_fresh_snapshot_is_not_taken_again(ready, sandbox, clock):
    ready("bento")
    clock.advance(hours=23)

    work(clock)

    assert [request["action"] for request in sandbox.journal()] == ["find", "delete"]


def test_a_stale_snapshot_is_taken_again_before_anything_is_sent(ready, sandbox, clock):
    ticket = ready("bento")
    clock.advance(hours=25)

    work(clock)

    assert [request["action"] for request in sandbox.journal()] == ["find", "find", "delete"]
    assert erasure_of(ticket).before.taken_at == clock()


def test_a_snapshot_that_cannot_be_taken_needs_a_person(sandbox, clock, alice, bob):
    accounts(sandbox, "bento", tries=3)
    sandbox.fault(method="GET", times=0, status=500)
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)

    for _ in range(5):
        work(clock)
        clock.advance(hours=1)

    assert (erasure_of(ticket).status, erasure_of(ticket).attention) == ("queued", "no_snapshot")
    assert (len(sandbox.journal(action="find")), sandbox.deletions()) == (3, [])


def test_a_waived_snapshot_lets_the_request_leave(sandbox, clock, alice, bob):
    accounts(sandbox, "bento", tries=1)
    sandbox.fault(method="GET", times=0, status=500)
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)
    work(clock)

    handling.waive_snapshot(erasure_of(ticket), text="The read API is down.", by=Actor.page(bob), at=NOW)
    work(clock)

    assert (erasure_of(ticket).status, erasure_of(ticket).before) == ("accepted", None)


def test_the_gate_can_ask_for_the_snapshot_before_the_click(sandbox, clock, alice, bob, settings):
    settings.SNAPSHOT_GATE = "approval"
    accounts(sandbox, "bento")
    ticket = open_one(opened_by=alice)

    refusals = approve(only(ticket), sources_paused="paused", by=Actor.page(bob), at=NOW)

    assert [refusal.reason for refusal in refusals] == ["has no snapshot yet of what would be lost"]

    work(clock)

    assert approve(only(ticket), sources_paused="paused", by=Actor.page(bob), at=NOW) == []


def test_nothing_leaves_before_the_time_for_second_thoughts_is_over(ready, sandbox, clock, settings):
    settings.COOLING_OFF = timedelta(minutes=10)
    ready("bento")
    clock.advance(minutes=9)

    work(clock)

    assert sandbox.deletions() == []

    clock.advance(minutes=1)
    work(clock)

    assert len(sandbox.deletions()) == 1


def test_an_approval_given_during_a_look_waits_its_time(sandbox, clock, alice, bob, settings):
    settings.COOLING_OFF = timedelta(minutes=10)
    accounts(sandbox, "bento")
    ticket = open_one(opened_by=alice)
    settle = start_a_look(clock)
    approve_one(ticket, approved_by=bob)

    settle()
    work(clock)

    assert sandbox.deletions() == []


def test_an_approval_that_ran_out_before_any_request_is_asked_for_again(sandbox, clock, alice, bob, dora):
    accounts(sandbox, "bento")
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)
    deciding.hold(only(ticket), text="A lawyer asked.", by=Actor.page(alice), at=NOW)
    clock.advance(days=30)

    work(clock)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.approved_by) == ("pending_approval", None)
    assert sandbox.deletions() == []
    assert "suppression.withdrawn" in actions(ticket)


def test_an_approval_that_ran_out_later_holds_what_was_not_sent(sandbox, clock, alice, bob, dora):
    accounts(sandbox, retry_base="1h")
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)
    sandbox.fault(vendor="bento", path="delet", times=0, status=429)
    work(clock)
    clock.advance(days=30)

    work(clock)

    ticket.refresh_from_db()
    assert (ticket.status, erasure_of(ticket).attention) == ("in_progress", "approval_expired")
    assert len(sandbox.deletions(vendor="bento")) == 1

    sandbox.withdraw_faults()
    assert renew_approval(ticket, by=Actor.page(dora), at=clock()) == 1
    work(clock)

    assert erasure_of(ticket).status == "accepted"


def test_nothing_leaves_in_the_minute_before_an_expired_approval_is_swept(ready, sandbox, clock):
    ticket = ready("bento")
    clock.advance(days=30)
    account = VendorAccount.objects.get()

    work_lane(account, clock=clock)
    work_lane(account, clock=clock)

    assert sandbox.deletions() == []
    assert erasure_of(ticket).status == "queued"


def test_an_approval_that_runs_out_during_a_look_stays_run_out(sandbox, clock, alice, bob):
    accounts(sandbox)
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)
    sandbox.fault(vendor="bento", method="GET", status=429)
    work(clock)
    clock.advance(days=30)
    settle = start_a_look(clock)
    sweep(at=clock())

    settle()

    assert erasure_of(ticket).attention == "approval_expired"


def test_a_ticket_whose_identity_nobody_verified_is_denied_in_the_end(sandbox, clock, alice):
    accounts(sandbox, "bento")
    ticket = open_one(opened_by=alice, identity_basis="asked")
    clock.advance(days=30)

    work(clock)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.denial_code) == ("denied", "insuf_verification")
    assert sandbox.journal() == []
