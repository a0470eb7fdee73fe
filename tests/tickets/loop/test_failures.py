"""One failure of the console's own costs its own row at most: answers are written, and all other work goes on."""

import threading
import time
from datetime import timedelta

import pytest

from apps.audit.services import UnfitForLedger
from apps.privacy.models import DataKey
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.services import lane
from apps.tickets.services.claiming import Worker, claim
from apps.tickets.services.lane import work_lane
from apps.tickets.services.sweeping import sweep
from apps.vendors.models import Lane, Usage, VendorAccount
from apps.vendors.selectors import configuration_of
from tests.constants import NOW
from tests.tickets.builders import ADA, Clock, accounts, actions, approve_one, erasure_of, open_one, work

ALAN, BARBARA = "alan@example.com", "barbara@example.com"  # known to Bento as well


def is_writer() -> bool:
    return threading.current_thread() is threading.main_thread()


class Broken(Clock):
    """A clock that fails in the first thread that reads it, and goes on in all others."""

    failed = False

    def __call__(self):
        if not is_writer() and not self.failed:
            self.failed = True
            raise LookupError("The thread died.")
        return super().__call__()


@pytest.fixture
def approved(sandbox, clock, alice, bob):
    """Three people at Bento, about to be sent at once."""
    accounts(sandbox, "bento", concurrency=3)
    tickets = [open_one(address, opened_by=alice) for address in (ADA, ALAN, BARBARA)]
    work(clock)
    return [approve_one(ticket, approved_by=bob) for ticket in tickets]


def unrecordable(ticket) -> None:
    """Give a ticket a name that no event may hold, so that whatever is done to it fails."""
    DeletionTicket.objects.filter(pk=ticket.pk).update(reference="DEL@1")


def test_answers_in_flight_are_written_though_a_thread_died(sandbox, approved):
    sandbox.fault(path="delet", times=0, seconds=0.3)

    with pytest.raises(LookupError, match="The thread died"):
        work_lane(VendorAccount.objects.get(), clock=Broken())

    assert sorted(erasure_of(ticket).status for ticket in approved) == ["accepted", "accepted", "sending"]
    assert len(sandbox.deletions()) == 2
    assert Lane.objects.get().leased_until is None


def test_answers_in_flight_are_written_though_one_could_not_be(sandbox, approved):
    class Spoiling(Clock):
        """Spoil the first row once its request is out."""

        def __call__(self):
            if is_writer() and Erasure.objects.filter(status="sending").count() == 3:
                unrecordable(approved[0])
            return super().__call__()

    sandbox.fault(path="delet", times=0, seconds=0.3)

    with pytest.raises(UnfitForLedger):
        work_lane(VendorAccount.objects.get(), clock=Spoiling())

    assert [row.status for row in Erasure.objects.order_by("pk")] == ["sending", "accepted", "accepted"]


def test_a_lane_is_kept_while_its_answers_are_slow(sandbox, clock, alice, monkeypatch):
    class Fast(Clock):
        """A clock that runs a hundred times as fast, and remembers whether the lane was held when it was read."""

        def __init__(self):
            super().__init__()
            self._began = time.monotonic()
            self.lapsed = []

        def __call__(self):
            now = NOW + 100 * timedelta(seconds=time.monotonic() - self._began)
            if is_writer():
                self.lapsed += [now for held in Lane.objects.filter(owner__gt="") if held.leased_until <= now]
            return now

    monkeypatch.setattr(lane, "KEEP_EVERY", 0.05)
    monkeypatch.setattr(lane, "LONGEST_NAP", 0.05)
    accounts(sandbox, "bento", concurrency=1)
    open_one(opened_by=alice)
    sandbox.fault(method="GET", seconds=0.6)
    fast = Fast()

    assert work_lane(VendorAccount.objects.get(), clock=fast) == 1
    assert fast.lapsed == []


def test_a_lane_that_was_lost_takes_nothing_new(sandbox, clock, approved, monkeypatch):
    class Robbed(Clock):
        """Another worker takes the lane while the first request is out."""

        def __call__(self):
            if is_writer() and Erasure.objects.filter(status="sending").exists():
                Lane.objects.update(owner="worker-2")
            return super().__call__()

    monkeypatch.setattr(lane, "KEEP_EVERY", 0.05)
    accounts(sandbox, "bento", concurrency=1)
    sandbox.fault(path="delet", times=0, seconds=0.2)
    began = time.monotonic()

    assert work_lane(VendorAccount.objects.get(), clock=Robbed()) == 1
    assert time.monotonic() - began < 5
    assert Lane.objects.get().owner == "worker-2"


def test_the_sweep_goes_on_after_a_row_that_fails(sandbox, clock, alice, approved):
    account = VendorAccount.objects.get()
    claim(Worker(configuration_of(account), account, "lost"), wanted=3, looks_first=False, at=clock())
    unrecordable(approved[0])
    unverified = open_one(identity_basis="asked", opened_by=alice)
    clock.advance(days=31)

    with pytest.raises(UnfitForLedger):
        sweep(at=clock())

    statuses = Erasure.objects.filter(ticket__in=approved).order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["sending", "outcome_unknown", "outcome_unknown"]
    unverified.refresh_from_db()
    assert unverified.status == "denied"


def lose_key(ticket) -> None:
    DataKey.objects.filter(pk=ticket.key_id).update(key_id="lost")


def test_an_identifier_that_cannot_be_read_costs_nobody_else_a_look(sandbox, clock, alice):
    accounts(sandbox, "bento")
    unreadable, readable = open_one(ADA, opened_by=alice), open_one(ALAN, opened_by=alice)
    lose_key(unreadable)

    work(clock)

    assert (erasure_of(unreadable).attention, erasure_of(unreadable).leased_until) == ("unreadable", None)
    assert erasure_of(readable).before.profiles == 1
    assert actions(unreadable)[-1] == "erasure.unreadable"


def test_an_identifier_that_cannot_be_read_costs_nobody_else_a_request(sandbox, clock, approved):
    lose_key(approved[0])

    work(clock)

    assert [erasure_of(ticket).status for ticket in approved] == ["queued", "accepted", "accepted"]
    assert erasure_of(approved[0]).attention == "unreadable"
    assert erasure_of(approved[0]).attempts.count() == 0
    assert sum(Usage.objects.values_list("sends", flat=True)) == 2


def test_it_goes_on_by_itself_once_the_key_is_back(sandbox, clock, approved):
    lose_key(approved[0])
    work(clock)
    DataKey.objects.filter(pk=approved[0].key_id).update(key_id="test1")

    work(clock)

    assert (erasure_of(approved[0]).status, erasure_of(approved[0]).attention) == ("accepted", "")
    assert "erasure.readable_again" in actions(approved[0])


@pytest.mark.parametrize("odd", ["half an emoji \ud83d", "a NUL \0"])
def test_an_odd_character_at_the_vendor_costs_no_look(sandbox, clock, alice, odd):
    accounts(sandbox, "bento")
    sandbox.add("bento", "odd@example.com", fields={"first_name": odd})
    ticket = open_one("odd@example.com", opened_by=alice)

    work(clock)

    assert erasure_of(ticket).before.profiles == 1
