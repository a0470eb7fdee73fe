"""A look that still finds the person proves nothing about a request that left: the vendor may carry it out later."""

import pytest

from apps.audit.actors import Actor
from apps.tickets.errors import TicketError
from apps.tickets.models import Erasure
from apps.tickets.selectors.cards import cards
from apps.tickets.selectors.pages import load_erasures
from apps.tickets.services import handling
from apps.tickets.services.subscriber_acts import run_due_acts
from apps.tickets.services.unsubscribing import mute
from apps.vendors.services.accounts import resume
from tests.tickets.builders import Clock, erasure_of, work

SLOW = {"path": "delet", "status": 500, "effect": True}  # fails, and queues the deletion all the same


@pytest.fixture
def stuck(ready, sandbox, clock):
    """Send until the tries are used up at a vendor that says 500; each look still finds the person."""

    def make(*, tries: int):
        sandbox.settings(bento_anonymize_delay=86_400)
        ticket = ready("bento", tries=tries)
        sandbox.fault(**SLOW, times=0)
        work_on(clock, times=2 * tries)
        assert state(ticket) == ("retry_wait", "out_of_tries", "")
        return ticket

    return make


def work_on(clock: Clock, *, times: int) -> None:
    for _ in range(times):
        work(clock)
        clock.advance(hours=2)


def state(ticket) -> tuple[str, str, str]:
    erasure = erasure_of(ticket)
    return erasure.status, erasure.attention, erasure.doubt


def test_nobody_is_muted_once_a_deletion_may_have_arrived(stuck, sandbox, alice, clock):
    ticket = stuck(tries=1)

    with pytest.raises(TicketError, match="could create the person anew"):
        mute(erasure_of(ticket), by=Actor.page(alice), at=clock())


def test_a_mute_that_was_asked_for_before_gives_way(ready, sandbox, alice, clock):
    sandbox.settings(bento_anonymize_delay=86_400)
    ticket = ready("bento", tries=1)
    act = mute(erasure_of(ticket), by=Actor.page(alice), at=clock())
    sandbox.fault(**SLOW, times=0)
    work_on(clock, times=2)
    assert state(ticket) == ("retry_wait", "out_of_tries", "")

    run_due_acts(clock=clock)

    act.refresh_from_db()
    assert (act.status, act.outcome) == ("failed", "left_first")
    assert sandbox.journal(action="commands") == []


@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 401}])
def test_a_person_is_still_muted_after_a_request_that_had_no_effect(ready, sandbox, alice, clock, fault):
    ticket = ready("bento")
    sandbox.fault(path="delet", **fault)
    work(clock)

    assert mute(erasure_of(ticket), by=Actor.page(alice), at=clock()).status == "waiting"


def test_a_look_asked_for_between_two_requests_stalls_nothing(ready, sandbox, alice, olga, clock):
    ticket = ready("bento", verify_after="1h")
    sandbox.fault(path="delet", wire="reset")
    work(clock)
    sandbox.fault(path="delet", status=401)
    work_on(clock, times=3)
    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.doubt, erasure.account.pause_code) == ("queued", "", "key_refused")
    resume(erasure.account, by=Actor.page(olga), at=clock())

    handling.look_now(ticket, by=Actor.page(alice), at=clock())
    work(clock)

    assert erasure_of(ticket).status == "accepted"


def test_a_look_that_was_asked_for_in_vain_is_over_after_the_next_one(ready, sandbox, clock):
    ticket = ready("bento", verify_after="1h")
    sandbox.fault(path="delet", status=500)
    work(clock)
    Erasure.objects.update(look_asked=True)
    clock.advance(hours=2)

    work(clock)

    assert erasure_of(ticket).status == "accepted"


def test_what_left_is_not_told_as_called_off_before_anything_was_sent(stuck, sandbox, bob, clock):
    ticket = stuck(tries=2)

    handling.close(erasure_of(ticket), text="Bento cannot.", by=Actor.page(bob), at=clock())

    ticket.refresh_from_db()
    [card] = cards(ticket, load_erasures(ticket), clock())
    assert (len(sandbox.deletions()), erasure_of(ticket).status) == (2, "outcome_unknown")
    assert card.standing.sentence == "A request left, and nobody could find out what it did."


def test_what_left_is_no_exemption(stuck, bob, clock):
    ticket = stuck(tries=1)

    with pytest.raises(TicketError, match="may have arrived"):
        handling.exempt(erasure_of(ticket), text="Tax law.", by=Actor.page(bob), at=clock())


def test_what_the_vendor_refused_outright_may_still_be_exempt(ready, sandbox, bob, clock):
    ticket = ready("bento")
    sandbox.fault(path="delet", status=422)
    work(clock)

    handling.exempt(erasure_of(ticket), text="Tax law.", by=Actor.page(bob), at=clock())

    assert erasure_of(ticket).status == "exempt"


def test_what_never_left_is_stopped_although_tries_were_counted(ready, sandbox, alice, clock):
    ticket = ready("bento", tries=3)
    sandbox.fault(path="delet", status=429)
    work(clock)
    Erasure.objects.update(tries=1)  # as after a certificate that did not fit

    handling.stop_rest(type(ticket).objects.filter(pk=ticket.pk), text="Enough.", by=Actor.page(alice), at=clock())

    assert erasure_of(ticket).status == "stopped"
