"""An account that the environment no longer names: its erasures say so, can be ended, and go on when it is back."""

import pytest
from django.conf import settings
from django.urls import reverse

from apps.audit.actors import Actor
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.outlook import outlook
from apps.tickets.services import deciding, handling
from apps.tickets.services.claiming import Worker, claim
from apps.tickets.services.lane import work_lane
from apps.tickets.services.sweeping import sweep
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configuration_of, configured_accounts
from apps.vendors.services.accounts import sync_accounts
from tests.tickets.builders import accounts, actions, approve_one, erasure_of, open_one, work

STATES = {
    "queued": "queued",
    "sending": "outcome_unknown",
    "accepted": "accepted",
    "outcome_unknown": "outcome_unknown",
}


def mirror(clock):
    sync_accounts(configured_accounts(), by=Actor.command(None), at=clock())


def retire(clock):
    """Take Bento out of the environment, as after the end of a contract."""
    settings.VENDOR_SECRET_URLS = {name: url for name, url in settings.VENDOR_SECRET_URLS.items() if name != "bento"}
    mirror(clock)


def take(clock):
    account = VendorAccount.objects.get(name="bento")
    claim(Worker(configuration_of(account), account, "lost"), wanted=1, looks_first=False, at=clock())


def only(ticket):
    return DeletionTicket.objects.filter(pk=ticket.pk)


@pytest.fixture
def gone(ready, sandbox, clock):
    """A ticket whose account went while its erasure was in one of the states, swept since."""

    def make(state):
        ticket = ready("bento", timeout="30s", verify_after="1h,6h")
        if state in ("sending", "outcome_unknown"):
            take(clock)
        if state == "outcome_unknown":
            clock.advance(seconds=61)
            work(clock)
        if state == "accepted":
            work(clock)
        assert erasure_of(ticket).status == state
        retire(clock)
        clock.advance(minutes=10)
        work(clock)
        return ticket

    return make


@pytest.mark.parametrize("state", STATES)
def test_a_person_is_asked_whatever_the_state(gone, clock, state):
    ticket = gone(state)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.attention, erasure.leased_until) == (STATES[state], "account_gone", None)
    told = outlook(erasure.ticket, [erasure], clock())
    assert told.text == "Bento needs a person: the account is no longer set up."
    assert actions(ticket)[-1] == "erasure.account_gone"


@pytest.mark.parametrize("state", STATES)
def test_it_is_said_once(gone, clock, state):
    ticket = gone(state)

    sweep(at=clock())

    assert actions(ticket).count("erasure.account_gone") == 1


@pytest.mark.parametrize(
    ("state", "status", "resolution"),
    [
        ("queued", "stopped", "not_erased"),
        ("sending", "outcome_unknown", "not_erased"),
        ("accepted", "accepted", "accepted_unverified"),
        ("outcome_unknown", "outcome_unknown", "not_erased"),
    ],
)
def test_it_can_be_closed(gone, clock, bob, state, status, resolution):
    ticket = gone(state)

    handling.close(erasure_of(ticket), text="The contract ended.", by=Actor.page(bob), at=clock())

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.ticket.status, erasure.ticket.resolution) == (status, "completed", resolution)


@pytest.mark.parametrize("state", STATES)
def test_it_can_be_recorded_as_erased_by_hand(gone, clock, alice, bob, state):
    ticket = gone(state)

    handling.record_by_hand(erasure_of(ticket), evidence="Their letter.", by=Actor.page(alice), at=clock())
    sweep(at=clock())
    handling.confirm_by_hand(erasure_of(ticket), by=Actor.page(bob), at=clock())

    assert (erasure_of(ticket).status, erasure_of(ticket).ticket.status) == ("manual", "completed")


def test_it_can_be_exempt_while_nothing_was_sent(gone, clock, bob):
    ticket = gone("queued")

    handling.exempt(erasure_of(ticket), text="A court case.", by=Actor.page(bob), at=clock())

    assert (erasure_of(ticket).status, erasure_of(ticket).ticket.resolution) == ("exempt", "exempt")


@pytest.mark.parametrize("state", ["sending", "accepted", "outcome_unknown"])
def test_an_exemption_still_covers_up_no_request(gone, clock, bob, state):
    ticket = gone(state)

    with pytest.raises(TicketError, match="may have arrived"):
        handling.exempt(erasure_of(ticket), text="A court case.", by=Actor.page(bob), at=clock())


@pytest.mark.parametrize(
    ("state", "status"),
    [("sending", "outcome_unknown"), ("accepted", "accepted"), ("outcome_unknown", "outcome_unknown")],
)
def test_stopping_the_rest_ends_what_nobody_can_look_after(gone, clock, bob, state, status):
    ticket = gone(state)

    assert handling.stop_rest(only(ticket), text="The contract ended.", by=Actor.page(bob), at=clock()) == []

    assert (erasure_of(ticket).status, erasure_of(ticket).ticket.status) == (status, "completed")


def test_stopping_the_rest_ends_what_was_not_sent_beside_another_vendor(sandbox, clock, alice, bob):
    accounts(sandbox)
    sandbox.fault(vendor="bento", path="delet", status=429, times=0)
    ticket = open_one(opened_by=alice)
    work(clock)
    approve_one(ticket, approved_by=bob)
    work(clock)
    retire(clock)
    sweep(at=clock())

    assert handling.stop_rest(only(ticket), text="The contract ended.", by=Actor.page(bob), at=clock()) == []

    assert erasure_of(ticket).status == "stopped"
    assert (erasure_of(ticket, "blueshift").status, erasure_of(ticket, "blueshift").closed_at) == ("accepted", None)


def test_before_anything_was_sent_the_ticket_can_be_cancelled(gone, clock, alice):
    ticket = gone("queued")

    assert deciding.cancel(only(ticket), text="Not needed.", by=Actor.page(alice), at=clock()) == []

    assert only(ticket).get().status == "cancelled"


def test_it_goes_on_by_itself_once_the_account_is_back(gone, sandbox, clock):
    ticket = gone("queued")
    settings.VENDOR_SECRET_URLS = {"bento": sandbox.bento_url}
    mirror(clock)

    work(clock)

    assert (erasure_of(ticket).status, erasure_of(ticket).attention) == ("accepted", "")
    assert "erasure.account_back" in actions(ticket)
    assert len(sandbox.deletions()) == 1


def test_an_account_that_only_another_host_names_is_not_gone(ready, clock):
    ticket = ready("bento")
    settings.VENDOR_SECRET_URLS = {}
    clock.advance(minutes=10)

    sweep(at=clock())

    assert erasure_of(ticket).attention == ""
    assert "erasure.account_gone" not in actions(ticket)


def test_a_worker_that_still_has_the_variable_takes_nothing_new(ready, sandbox, clock):
    ticket = ready("bento")
    VendorAccount.objects.update(is_active=False)

    assert work_lane(VendorAccount.objects.get(), clock=clock) == 0

    assert erasure_of(ticket).status == "queued"
    assert sandbox.deletions() == []


def test_what_waits_for_somebody_already_keeps_its_reason(ready, clock):
    ticket = ready("bento")
    Erasure.objects.update(attention="changed_since_approval")
    retire(clock)

    sweep(at=clock())

    assert erasure_of(ticket).attention == "changed_since_approval"


def test_a_request_on_its_way_is_left_to_its_worker(ready, clock):
    ticket = ready("bento", timeout="30s")
    take(clock)
    retire(clock)

    sweep(at=clock())

    assert (erasure_of(ticket).status, erasure_of(ticket).attention) == ("sending", "")


def test_the_page_says_what_to_do_and_offers_it(gone, client, bob):
    ticket = gone("accepted")
    client.force_login(bob)

    page = client.get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk])).text

    assert "put its variable back" in page
    assert "Close as not erased" in page
    assert "Done by hand" in page
    assert "Stop the rest" in page
    assert "is checked next" not in page
