"""Answers that slow an account: how many calls meet them, who goes on, what pages say; and nothing is dropped."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.jobs.models import Wake
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.pages import load_ticket, ticket_page
from apps.tickets.services import handling, subscribers
from apps.tickets.services.claiming import Step, Worker, claim
from apps.tickets.services.settling import settle_answer
from apps.tickets.services.sweeping import sweep
from apps.tickets.services.vendor_calls import AccountClosed
from apps.vendors.clients.errors import VendorError
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.registry import connect
from apps.vendors.selectors import configuration_of
from apps.vendors.services.accounts import resume
from apps.vendors.services.lanes import LANE_TASK
from tests.constants import NOW
from tests.tickets.builders import Clock, accounts, approve_one, erasure_of, open_one, work

INDEX = reverse("admin:index")


@pytest.fixture
def crowd(sandbox, clock, alice, bob):
    """Approve tickets for people whom Bento holds, looked at and about to be sent."""

    def make(people: int, **options) -> list[DeletionTicket]:
        accounts(sandbox, "bento", **options)
        addresses = [f"person{number}@example.net" for number in range(people)]
        sandbox.add_many([{"vendor": "bento", "email": address} for address in addresses])
        tickets = [open_one(address, opened_by=alice) for address in addresses]
        work(clock)
        return [approve_one(ticket, approved_by=bob) for ticket in tickets]

    return make


def bento() -> VendorAccount:
    return VendorAccount.objects.get(name="bento")


def statuses() -> list[str]:
    return sorted(set(Erasure.objects.values_list("status", flat=True)))


def account_story() -> list[str]:
    told = AuditEvent.objects.filter(subject="account/bento").exclude(action="account.synced").order_by("seq")
    return list(told.values_list("action", flat=True))


def send(worker: Worker, step: Step, clock: Clock) -> None:
    client = connect(worker.account)
    try:
        answer = client.erase("email", step.value, attempt=step.attempt.pk)
    except VendorError as error:
        answer = error
    finally:
        client.close()
    settle_answer(worker, step, answer, at=clock())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_met_by_every_lane_once_for_each_of_its_threads(crowd, sandbox, clock, status):
    crowd(12, lanes=2, concurrency=3)
    sandbox.fault(path="delet", status=status, times=0)
    workers = [Worker(configuration_of(bento()), bento(), name) for name in ("one", "two")]
    steps = [(worker, step) for worker in workers for step in claim(worker, wanted=3, looks_first=False, at=clock())]

    for worker, step in steps:
        send(worker, step, clock)
        assert claim(worker, wanted=3, looks_first=False, at=clock()) == []
    work(clock)

    assert len(sandbox.deletions()) == 2 * 3
    assert statuses() == ["queued"]
    assert account_story() == ["account.paused"]


def test_a_slice_stops_at_a_refused_key_and_nothing_is_dropped(crowd, sandbox, clock, olga):
    tickets = crowd(10, concurrency=4)
    sandbox.fault(path="delet", status=401, times=0)
    work(clock)
    clock.advance(hours=5)
    work(clock)
    assert len(sandbox.deletions()) <= 4
    assert bento().is_paused

    sandbox.withdraw_faults()
    resume(bento(), by=Actor.page(olga), at=clock())
    work(clock)

    assert statuses() == ["accepted"]
    assert {ticket.erasures.get().attempts.latest("number").outcome for ticket in tickets} == {"accepted"}


def test_resuming_rings_for_every_lane_at_once(crowd, sandbox, clock, olga, django_capture_on_commit_callbacks):
    crowd(1, lanes=2)
    sandbox.fault(path="delet", status=401)
    work(clock)

    with django_capture_on_commit_callbacks() as rings:
        resume(bento(), by=Actor.page(olga), at=clock())

    assert len(rings) == 2


def test_five_failing_people_break_the_account_and_one_probe_at_a_time_heals_it(crowd, sandbox, clock):
    crowd(8, concurrency=1, retry_base="1h", tries=20)
    sandbox.fault(vendor="bento", status=500, times=0)
    work(clock)
    before = len(sandbox.journal())
    assert len(sandbox.deletions()) == 5
    assert bento().is_broken

    clock.advance(hours=1)
    work(clock)
    assert len(sandbox.journal()) == before + 1

    sandbox.withdraw_faults()
    clock.advance(hours=30)
    work(clock)

    assert statuses() == ["accepted"]
    story = account_story()
    assert story[:3] == ["account.broken", "account.probed", "account.broken"]
    assert story[-2:] == ["account.probed", "account.recovered"]
    assert not bento().is_broken


def test_a_look_that_works_sends_no_crowd_after_five_failed_deletions(crowd, sandbox, clock):
    crowd(12, concurrency=4, retry_base="1m", tries=20)
    sandbox.fault(vendor="bento", path="delet", status=500, times=0)
    work(clock)
    before = len(sandbox.deletions())
    assert bento().is_broken

    for _ in range(4):
        clock.advance(minutes=11)
        work(clock)

    assert len(sandbox.deletions()) - before <= 4
    assert bento().is_broken


def test_no_second_probe_begins_while_one_is_out(crowd, sandbox, clock):
    crowd(8, concurrency=1, lanes=2)
    sandbox.fault(path="delet", status=500, times=0)
    work(clock)
    clock.advance(minutes=2)
    workers = [Worker(configuration_of(bento()), bento(), name) for name in ("one", "two")]

    claimed = [claim(worker, wanted=4, looks_first=False, at=clock()) for worker in workers]

    assert [len(steps) for steps in claimed] == [1, 0]
    assert bento().probing_until == claimed[0][0].erasure.leased_until


def test_a_single_poisoned_person_never_breaks_the_account(crowd, sandbox, clock):
    tickets = crowd(4, tries=20)
    sandbox.fault(path="delet", address="person0@example.net", status=500, times=0)

    for _ in range(8):
        work(clock)
        clock.advance(hours=2)

    assert account_story() == []
    assert [ticket.erasures.get().status for ticket in tickets] == ["retry_wait", *["verified_absent"] * 3]


def test_twenty_people_whom_a_look_had_found_and_the_vendor_denies_ask_for_site_and_key(crowd, sandbox, clock):
    crowd(21, concurrency=1)
    sandbox.fault(path="delet", status=404, times=0)

    work(clock)

    assert bento().pause_code == "people_unknown"
    assert len(sandbox.deletions()) == 20
    assert "not_found" not in statuses()


def test_an_account_that_waits_goes_on_as_soon_as_that_is_over(crowd, sandbox, clock):
    crowd(1)
    sandbox.fault(path="delet", status=429, headers={"Retry-After": "90"})

    work(clock)

    wake = Wake.objects.get()
    assert (wake.task, wake.subject, wake.at) == (LANE_TASK, bento().pk, bento().wait_until)
    assert wake.at >= clock() + timedelta(seconds=80)


@pytest.mark.parametrize("looked", [True, False])
def test_whom_a_wrong_site_denied_is_asked_for_again_once_it_is_put_right(crowd, sandbox, clock, olga, looked):
    crowd(22, concurrency=1)
    sandbox.fault(path="delet", status=404, times=0)
    if looked:
        work(clock)
    else:
        disown_without_looks(clock)
    assert len(sandbox.deletions()) == 20
    sandbox.withdraw_faults()

    resume(bento(), by=Actor.page(olga), at=clock())
    sweep(at=clock())
    work(clock)
    work(clock)

    assert statuses() == ["accepted"]
    assert len(sandbox.deletions()) == 42
    again = AuditEvent.objects.filter(action="erasure.asked_again")
    assert again.count() == 20
    assert bento().to_ask_again == []


def disown_without_looks(clock: Clock) -> None:
    """Send for twenty as if looks had no turn before the pause."""
    worker = Worker(configuration_of(bento()), bento(), "one")
    while not bento().is_paused:
        for step in claim(worker, wanted=1, looks_first=False, at=clock()):
            send(worker, step, clock)


def test_whom_staff_saw_to_while_the_account_was_paused_stays_as_it_is(crowd, sandbox, clock, olga, dora):
    tickets = crowd(20, concurrency=1)
    sandbox.fault(path="delet", status=404, times=0)
    work(clock)
    handling.close(erasure_of(tickets[0]), text="Erased by the vendor.", by=Actor.page(dora), at=clock())

    resume(bento(), by=Actor.page(olga), at=clock())
    sweep(at=clock())

    assert erasure_of(tickets[0]).status == "rejected"
    assert Erasure.objects.filter(status="retry_wait").count() == 19


def test_a_vendor_that_refuses_deletions_half_way_through_its_day_closes_it(crowd, sandbox, clock):
    crowd(6, per_day=10, concurrency=1)
    Usage.objects.create(account=bento(), minute=NOW - timedelta(hours=4), sends=5)
    sandbox.fault(path="delet", status=429, times=0)
    for _ in range(6):
        work(clock)
        clock.advance(hours=1)

    assert len(sandbox.deletions()) == 3
    assert bento().day_closed_until == NOW - timedelta(hours=4) + timedelta(days=1, minutes=1, seconds=40)
    assert account_story() == ["account.day_closed"]

    sandbox.withdraw_faults()
    clock.advance(hours=14, minutes=2)
    work(clock)

    assert "accepted" in statuses()


@pytest.fixture
def broken(crowd, sandbox, clock) -> list[DeletionTicket]:
    tickets = crowd(6, concurrency=1, retry_base="1h")
    sandbox.fault(path="delet", status=500, times=0)
    work(clock)
    return tickets


def test_a_broken_account_is_told_on_every_page(broken, client, alice):
    client.force_login(alice)

    texts = [client.get(url).text for url in (INDEX, reverse("admin:tickets_deletionticket_changelist"))]

    assert all("bento does not answer since" in text for text in texts)
    assert "Not answering" in texts[0]


def test_its_tickets_and_erasures_say_why_they_wait(broken, clock):
    page = ticket_page(load_ticket(broken[-1].pk), clock())

    assert any("does not answer as documented" in wait for wait in page.waits)
    assert "does not answer as documented" in page.cards[0].next_step


def test_its_page_says_what_happens(broken, client, alice):
    client.force_login(alice)

    shown = client.get(reverse("admin:vendors_vendoraccount_change", args=[bento().pk])).text

    assert "Not answering" in shown
    assert "One erasure at a time is tried" in shown


def test_people_do_not_call_a_broken_account_beside_the_probe(broken, sandbox, clock):
    clock.advance(days=1)
    before = len(sandbox.journal())

    with pytest.raises(AccountClosed, match="one erasure at a time"):
        subscribers.find(bento(), "person1@example.net", by=Actor.command(None), clock=clock)

    assert len(sandbox.journal()) == before
