"""A worker that dies with an erasure in its hands: nothing is lost, and nobody is asked for twice without a look."""

from apps.audit.actors import Actor
from apps.audit.selectors import verify
from apps.tickets.models import DeletionTicket
from apps.tickets.services.claiming import Worker, claim
from apps.tickets.services.deciding import hold, release
from apps.tickets.services.handling import retry
from apps.tickets.services.sweeping import release_lapsed_leases
from apps.vendors.models import VendorAccount
from apps.vendors.registry import connect
from apps.vendors.selectors import configuration_of
from apps.vendors.services.lanes import take_lane
from tests.tickets.builders import Clock, accounts, actions, erasure_of, open_one, work


def only(ticket):
    return DeletionTicket.objects.filter(pk=ticket.pk)


def take(clock: Clock):
    """Claim what is due as a worker that never comes back."""
    account = VendorAccount.objects.get()
    [step] = claim(Worker(configuration_of(account), account, "lost"), wanted=1, looks_first=False, at=clock())
    return step


def send(step) -> None:
    client = connect(configuration_of(VendorAccount.objects.get()))
    client.erase("email", step.value, attempt=step.attempt.pk)
    client.close()


def after(clock: Clock, **duration) -> None:
    clock.advance(**duration)
    work(clock)


def test_nobody_else_touches_an_erasure_while_its_lease_runs(ready, sandbox, clock):
    ticket = ready("bento", timeout="30s")
    take(clock)

    after(clock, seconds=59)

    assert erasure_of(ticket).status == "sending"
    assert sandbox.deletions() == []


def test_a_request_that_may_have_left_is_unknown_and_looked_after_first(ready, sandbox, clock):
    ticket = ready("bento", timeout="30s", verify_after="1h,6h")
    send(take(clock))

    after(clock, seconds=60)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.doubt, erasure.crashes, erasure.tries) == ("outcome_unknown", "unclear", 1, 1)
    assert erasure.attempts.get().outcome == ""
    assert actions(ticket)[-1] == "erasure.worker_died"

    after(clock, hours=1)

    assert erasure_of(ticket).status == "verified_absent"
    assert len(sandbox.deletions()) == 1
    assert verify().fault is None


def test_a_request_that_never_left_leaves_once_a_look_has_found_the_person(ready, sandbox, clock):
    ticket = ready("bento", verify_after="1h,6h")
    take(clock)
    after(clock, minutes=5)

    after(clock, hours=1)

    assert erasure_of(ticket).status == "accepted"
    assert [request["action"] for request in sandbox.journal()] == ["find", "find", "delete"]


def test_a_second_death_needs_a_person_and_there_is_no_third_try(ready, sandbox, clock, alice, bob):
    ticket = ready("bento", verify_after="1h,6h")
    take(clock)
    after(clock, minutes=5)
    hold(only(ticket), text="To look and not send.", by=Actor.page(alice), at=clock())
    after(clock, hours=1)
    release(only(ticket), by=Actor.page(bob), at=clock())
    take(clock)

    after(clock, minutes=5)

    assert (erasure_of(ticket).status, erasure_of(ticket).attention) == ("outcome_unknown", "crashed_twice")

    for _ in range(4):
        after(clock, days=1)

    assert sandbox.deletions() == []

    retry(erasure_of(ticket), by=Actor.page(bob), at=clock())
    work(clock)

    assert erasure_of(ticket).status == "accepted"
    assert len(sandbox.deletions()) == 1


def test_two_deaths_during_looks_need_a_person(sandbox, clock, alice):
    accounts(sandbox, "bento")
    ticket = open_one(opened_by=alice)
    take(clock)
    clock.advance(minutes=5)
    release_lapsed_leases(at=clock())

    assert (erasure_of(ticket).status, erasure_of(ticket).attention) == ("queued", "")

    take(clock)
    after(clock, minutes=5)

    assert (erasure_of(ticket).status, erasure_of(ticket).attention) == ("queued", "crashed_twice")
    assert sandbox.journal() == []


def test_without_a_look_up_a_death_is_left_to_staff_at_once(ready, sandbox, clock):
    ticket = ready("blueshift", "cookie-ada", kind="cookie")
    take(clock)

    after(clock, minutes=5)

    erasure = erasure_of(ticket, "blueshift", "cookie")
    assert (erasure.status, erasure.attention) == ("outcome_unknown", "unsettled")


def test_a_dead_workers_lane_is_free_again_after_its_lease(ready, sandbox, clock):
    ticket = ready("bento")
    take_lane(VendorAccount.objects.get(), owner="lost", at=clock())

    after(clock, seconds=29)

    assert erasure_of(ticket).status == "queued"

    after(clock, seconds=1)

    assert erasure_of(ticket).status == "accepted"
