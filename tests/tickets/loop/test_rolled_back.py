"""A database that was put back to an older state sends nothing before a person has looked."""

import pytest
from django.conf import settings
from django.db import transaction

from apps.audit import anchor
from apps.audit.actors import Actor
from apps.audit.anchor import BrokenAnchor
from apps.audit.models import AuditEvent
from apps.vendors.models import VendorAccount
from apps.vendors.services.accounts import resume
from apps.vendors.states import state_of
from tests.constants import NOW
from tests.tickets.builders import Clock, accounts, approve_one, erasure_of, open_one, work

pytestmark = pytest.mark.database


@pytest.fixture
def restored(sandbox, alice, bob):
    """A ticket that was sent after the copy was made to which the database is put back."""
    accounts(sandbox, "bento")
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)
    copy = transaction.savepoint()
    work(Clock())
    transaction.savepoint_rollback(copy)
    return ticket


def test_nothing_is_sent_again_and_every_account_waits_for_a_person(restored, sandbox):
    work(Clock())

    account = VendorAccount.objects.get()
    assert len(sandbox.deletions()) == 1
    assert account.pause_code == VendorAccount.Pause.ROLLED_BACK
    assert "missing here" in state_of(account, at=NOW).next_step
    assert AuditEvent.objects.filter(action="ledger.rolled_back").count() == 1


def test_it_goes_on_once_a_named_person_has_resumed_the_account(restored, sandbox, olga):
    work(Clock())
    account = VendorAccount.objects.get()

    resume(account, by=Actor.page(olga), at=NOW)
    work(Clock())

    assert len(sandbox.deletions()) == 2
    assert erasure_of(restored).closed_at
    assert AuditEvent.objects.filter(action="ledger.rolled_back").count() == 1


def test_the_older_anchor_stays_as_evidence(restored):
    ahead = anchor.read()

    work(Clock())

    kept = settings.ANCHOR_FILE.with_name(f"{settings.ANCHOR_FILE.name}.was-{ahead.seq}")
    assert ahead.link in kept.read_text()
    assert not anchor.is_ahead()


def test_a_database_that_only_grows_is_never_stopped(sandbox, alice, bob):
    accounts(sandbox, "bento")
    work(Clock())

    approve_one(open_one(opened_by=alice), approved_by=bob)
    work(Clock())

    assert len(sandbox.deletions()) == 1
    assert VendorAccount.objects.get().paused_at is None


def test_an_anchor_that_cannot_be_read_stops_the_work(sandbox, alice, bob):
    accounts(sandbox, "bento")
    approve_one(open_one(opened_by=alice), approved_by=bob)
    settings.ANCHOR_FILE.write_text("{")

    with pytest.raises(BrokenAnchor, match="is no anchor"):
        work(Clock())

    assert len(sandbox.deletions()) == 0
