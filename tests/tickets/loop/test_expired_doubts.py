"""An approval that ran out while nobody knew what the last request did: the look comes all the same."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.services.approving import renew_approval
from apps.tickets.services.handling import stop_rest
from apps.tickets.services.sweeping import sweep
from apps.vendors.models import VendorAccount
from apps.vendors.services.accounts import pause, resume
from tests.tickets.builders import actions, erasure_of, work


@pytest.fixture
def expired(ready, sandbox, clock, olga):
    """A ticket whose request was answered 500, whose account was paused then, and whose approval ran out meanwhile."""

    def make(**fault):
        ticket = ready("bento", verify_after="1h,6h", retry_base="1h")
        sandbox.fault(path="delet", status=500, times=1, **fault)
        work(clock)
        pause(VendorAccount.objects.get(), "by_hand", by=Actor.page(olga), at=clock())
        clock.advance(days=45)
        work(clock)
        return ticket

    return make


def go_on(clock, olga):
    resume(VendorAccount.objects.get(), by=Actor.page(olga), at=clock())
    for _ in range(3):
        clock.advance(hours=1)
        work(clock)
        sweep(at=clock())


def stop(ticket, by, clock):
    only = DeletionTicket.objects.filter(pk=ticket.pk)
    assert stop_rest(only, text="Enough.", by=Actor.page(by), at=clock()) == []


def test_a_request_that_had_worked_is_proved_though_its_approval_ran_out(expired, sandbox, clock, olga):
    ticket = expired(effect=True)

    assert (erasure_of(ticket).doubt, erasure_of(ticket).attention) == ("unclear", "")

    go_on(clock, olga)

    assert (erasure_of(ticket).status, erasure_of(ticket).ticket.status) == ("verified_absent", "completed")
    assert len(sandbox.deletions()) == 1


def test_whoever_is_still_there_waits_for_another_approval_after_the_look(expired, sandbox, clock, olga, dora):
    ticket = expired()

    go_on(clock, olga)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.doubt, erasure.attention) == ("retry_wait", "", "approval_expired")
    assert len(sandbox.deletions()) == 1

    assert renew_approval(ticket, by=Actor.page(dora), at=clock()) == 1
    work(clock)

    assert erasure_of(ticket).status == "accepted"


def test_stopping_the_rest_after_the_look_closes_it(expired, sandbox, clock, olga, dora):
    ticket = expired()
    go_on(clock, olga)

    stop(ticket, dora, clock)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.ticket.status) == ("outcome_unknown", "completed")
    assert len(sandbox.deletions()) == 1


def test_stopping_the_rest_before_the_look_closes_it_by_what_the_look_shows(expired, sandbox, clock, olga, dora):
    ticket = expired()
    stop(ticket, dora, clock)

    go_on(clock, olga)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.ticket.status) == ("still_present", "completed")
    assert len(sandbox.deletions()) == 1
    assert actions(ticket)[-2:] == ["erasure.closed", "ticket.completed"]


def test_migrating_lets_the_look_come_that_an_expired_approval_had_stopped(expired, clock, olga):
    ticket = expired()
    Erasure.objects.update(attention="approval_expired")  # as before a doubt was left to its look

    migration = import_module("apps.tickets.migrations.0020_doubts_outlast_approvals")
    migration.let_them_be_looked_at(apps, SimpleNamespace(connection=connection))
    go_on(clock, olga)

    assert (erasure_of(ticket).doubt, erasure_of(ticket).attention) == ("", "approval_expired")
