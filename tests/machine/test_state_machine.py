"""No sequence of acts, answers, crashes and clock steps leads to a state that the design does not know.

The console's own services run against a real database; only the vendors are drawn (world.py), and the promises
(promises.py) are written from the design's tables. A worker that died is a claim that nobody answers; one that was
stopped for long is a claim that is answered late.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.audit.actors import Actor
from apps.audit.errors import AuditError
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import IdentityBasis
from apps.tickets.requests import Request
from apps.tickets.services.claiming import claim, worker_for
from apps.tickets.services.looking import settle_look, settle_useless_look
from apps.tickets.services.opening import open_ticket
from apps.tickets.services.settling import settle_answer
from apps.tickets.services.sweeping import sweep
from apps.vendors.clients.errors import Outcome
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configured_accounts
from apps.vendors.services.accounts import resume, sync_accounts
from tests.constants import NOW
from tests.tickets.builders import Clock

from . import promises
from .people import ACTS, Try
from .world import LOOKS_FAIL_WITH, World, failed_look

URLS = {
    "bento": "bento://pk_a:sk_a@127.0.0.1:9/site?tls=off&per_day=4&verify_after=1h,6h&tries=2",
    "blueshift": "blueshift://key@127.0.0.1:9?tls=off&verify_after=3h,12h&tries=2",
}
EMAILS = ("ada@example.com", "grace@example.com", "nobody@example.com")
WISHES = (*({"email": email} for email in EMAILS), {"customer_id": "42"})  # the last cannot be looked up
STEPS = ({"minutes": 5}, {"hours": 1}, {"hours": 7}, {"hours": 13}, {"days": 1}, {"days": 31}, {"hours": -1})
LIKELY = (Outcome.ACCEPTED, Outcome.MAYBE_ARRIVED, Outcome.UNKNOWN)  # most days are good, and doubt is the danger
MOST_TICKETS = 3  # few tickets that get far, over many that are only opened
people = st.sampled_from(["alice", "bob", "dora"])
accounts = st.sampled_from(sorted(URLS))


class Console(RuleBasedStateMachine):
    """One installation with two accounts and three people; its transaction is rolled back at the end."""

    users: dict[str, object]

    def __init__(self):
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.clock, self.world = Clock(NOW), World()
        self.steps: list = []
        self.story: dict[int, list[str]] = {}
        self.ticket_was: dict[int, str] = {}
        self.closed_was: dict[int, str] = {}
        sync_accounts(configured_accounts(), by=Actor.worker(), at=NOW)

    def teardown(self):
        promises.check_ledger()
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    @initialize(
        held=st.sets(st.tuples(accounts, st.sampled_from(EMAILS[:2]))),
        wish=st.sampled_from(WISHES),
        is_approved=st.booleans(),
        data=st.data(),
    )
    def begin(self, held, wish, is_approved, data):
        """Start where things may go wrong: half of the time with a ticket that may leave."""
        for account, somebody in sorted(held):
            self.world.add(account, somebody)
        self.open(wish, IdentityBasis.ELSEWHERE, "alice")
        if is_approved:
            for account in sorted(URLS):
                self.work(account, True, data)
            self.approve_all("bob")

    def open(self, wish, basis, by):
        request = Request(wish, identity_basis=basis)
        self._attempt(lambda: open_ticket(request, by=self._actor(by), at=self.clock()))

    @precondition(lambda self: len(self.ticket_was) < MOST_TICKETS)
    @rule(wish=st.sampled_from(WISHES), basis=st.sampled_from(IdentityBasis), by=people)
    def open_another(self, wish, basis, by):
        self.open(wish, basis, by)

    @rule(account=accounts, looks_first=st.booleans(), data=st.data())
    def work(self, account, looks_first, data):
        """Do what a worker does on most days: claim, and be answered."""
        for _ in range(3):
            self.claim(account, looks_first, 4, data)
            while self.steps:
                self._settle(*self.steps.pop())

    @precondition(lambda self: DeletionTicket.objects.exists())
    @rule(act=st.sampled_from(sorted(ACTS)), by=people, data=st.data())
    def act(self, act, by, data):
        ticket = data.draw(st.sampled_from(list(DeletionTicket.objects.order_by("pk"))))
        erasure = data.draw(st.sampled_from(list(ticket.erasures.select_related("ticket", "account").order_by("pk"))))
        one = Try(ticket, erasure, self._actor(by), self.clock())
        if self._attempt(lambda: ACTS[act](one)) and act == "retry" and _needed_an_approver(erasure):
            self.story.setdefault(erasure.pk, []).append("sent anew by an approver")

    @precondition(lambda self: DeletionTicket.objects.filter(status="pending_approval").exists())
    @rule(by=st.just("bob") | people)
    def approve_all(self, by):
        for ticket in DeletionTicket.objects.filter(status="pending_approval"):
            one = Try(ticket, ticket.erasures.first(), self._actor(by), self.clock())
            self._attempt(lambda one=one: ACTS["approve"](one))

    @rule(account=accounts, looks_first=st.booleans(), wanted=st.integers(1, 4), data=st.data())
    def leave_out(self, account, looks_first, wanted, data):
        self.claim(account, looks_first, wanted, data)

    def claim(self, account, looks_first, wanted, data):
        worker = worker_for(VendorAccount.objects.get(name=account))
        if not worker.row.may_be_called(self.clock()):
            return
        for step in claim(worker, wanted=wanted, looks_first=looks_first, at=self.clock()):
            answer = self._send(step, data) if step.attempt else None
            self.steps.append((worker, step, answer))

    @precondition(lambda self: self.steps)
    @rule(fails_with=st.none() | st.sampled_from(LOOKS_FAIL_WITH), data=st.data())
    def answer(self, fails_with, data):
        worker, step, answer = self.steps.pop(data.draw(st.integers(0, len(self.steps) - 1)))
        if fails_with and not step.attempt:
            settle_useless_look(worker, step, failed_look(fails_with), at=self.clock())
        else:
            self._settle(worker, step, answer)

    @precondition(lambda self: self.steps)
    @rule(data=st.data())
    def die(self, data):
        self.steps.pop(data.draw(st.integers(0, len(self.steps) - 1)))

    @rule(step=st.sampled_from(STEPS))
    def pass_time(self, step):
        self.clock.advance(**step)
        sweep(at=self.clock())

    @rule(account=accounts)
    def resume(self, account):
        resume(VendorAccount.objects.get(name=account), by=Actor.page(self.users["olga"]), at=self.clock())

    @rule(account=accounts, email=st.sampled_from(EMAILS[:2]))
    def come_back(self, account, email):
        self.world.add(account, email)

    @invariant()
    def keep_the_promises(self):
        erasures = list(Erasure.objects.select_related("ticket", "account", "identifier"))
        tickets = list(DeletionTicket.objects.all())
        promises.check_ticket_moves(self.ticket_was, {ticket.pk: ticket.status for ticket in tickets})
        promises.check_closed_erasures_stay(self.closed_was, erasures)
        promises.check_erasures(erasures)
        promises.check_absence(self.closed_was, erasures, self.world)
        promises.check_tickets(tickets)
        promises.check_somebody_acts(tickets)
        promises.check_snapshots(erasures)
        promises.check_attempts(self.story)
        promises.check_quota(self.world.received, at=self.clock())
        self.ticket_was = {ticket.pk: ticket.status for ticket in tickets}
        self.closed_was = {row.pk: row.status for row in erasures if row.closed_at}

    def _actor(self, name: str) -> Actor:
        return Actor.page(self.users[name])

    def _attempt(self, act) -> bool:
        """Let a person try; what is refused must leave everything as it was, which the transaction sees to."""
        try:
            with transaction.atomic():
                act()
        except (TicketError, AuditError):
            return False
        return True

    def _send(self, step, data):
        """Let the vendor act at once; the answer may come at any time, or never."""
        self._check_may_leave(step.erasure)
        self._tell(step, "sent")
        outcome = data.draw(st.sampled_from(LIKELY) | st.sampled_from(Outcome))
        return self.world.receive(step, outcome=outcome, has_effect=data.draw(st.booleans()))

    def _settle(self, worker, step, answer) -> None:
        is_current = Erasure.objects.filter(pk=step.erasure.pk, fence=step.erasure.fence).exists()
        if step.attempt:
            settle_answer(worker, step, answer, at=self.clock())
            self._tell(step, getattr(answer, "outcome", Outcome.ACCEPTED), counts=is_current)
        else:
            settle_look(worker, step, self.world.show(step), at=self.clock())
            self._tell(step, "looked", counts=is_current)

    def _tell(self, step, move: str, *, counts: bool = True) -> None:
        """Note a move, unless the worker had lost its lease: then it counts for nothing."""
        if counts:
            self.story.setdefault(step.erasure.pk, []).append(move)

    def _check_may_leave(self, erasure: Erasure) -> None:
        ticket = DeletionTicket.objects.get(pk=erasure.ticket_id)
        assert ticket.status == "in_progress"
        assert not ticket.on_hold
        assert ticket.approved_by_id
        assert ticket.approval_expires_at > self.clock()


def _needed_an_approver(erasure: Erasure) -> bool:
    """Tell whether a retry was the word on a request that nobody can look after; ``erasure`` as it was before."""
    return erasure.waiver == "no_lookup" and erasure.status == "outcome_unknown"


@pytest.fixture
def console(alice, bob, olga):
    dora = type(bob).objects.create_user("dora", is_staff=True)
    dora.groups.set(bob.groups.all())
    Console.users = {"alice": alice, "bob": bob, "dora": dora, "olga": olga}
    with override_settings(VENDOR_SECRET_URLS=URLS, SNAPSHOT_MAX_AGE=timedelta(hours=24)):
        yield Console


def attack(console, *, examples: int) -> None:
    patience = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(console, settings=patience)


def test_no_sequence_of_steps_reaches_an_illegal_state(console):
    attack(console, examples=15)


@pytest.mark.full
def test_many_sequences_reach_no_illegal_state(console):
    attack(console, examples=300)
