"""What was lost is told as long as something says so: not after it was shredded, and not once the record is gone."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.suppression.models import EntryUnsubscribe, SuppressionEntry
from apps.suppression.services import lift
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Reappearance
from apps.tickets.selectors.reappearances import load_reappearance
from apps.tickets.services.reappearing import erase_again
from apps.tickets.services.shredding import shred_due
from apps.tickets.services.subscriber_acts import run_due_acts
from apps.tickets.services.unsubscribing import restore
from apps.tickets.services.watching import watch
from tests.tickets.builders import accounts, approve_one, erasure_of, open_one, work
from tests.tickets.watch.conftest import ALAN

LIST = reverse("admin:tickets_reappearance_changelist")


@pytest.fixture
def erase(alice, bob, clock) -> Callable[[], DeletionTicket]:
    """Erase Alan at every account that is set up."""

    def once() -> DeletionTicket:
        ticket = open_one(ALAN, opened_by=alice, at=clock())
        work(clock)
        approve_one(ticket, approved_by=bob, at=clock())
        work(clock)
        clock.advance(seconds=2)
        work(clock)
        return ticket

    return once


@pytest.fixture
def read(client, alice) -> Callable[[Reappearance], str]:
    def page(row: Reappearance) -> str:
        client.force_login(alice)
        return client.get(reverse("admin:tickets_reappearance_change", args=[row.pk])).text

    return page


@pytest.fixture
def unsubscribed(erase, sandbox, clock, alice) -> Reappearance:
    """Let Alan come back unsubscribed, and be decided on, while the other vendor keeps his ticket open."""
    accounts(sandbox, verify_after="1s")
    sandbox.settings(bento_search="open")
    sandbox.fault(vendor="blueshift", path="delet", status=422)
    ticket = erase()
    [uuid] = sandbox.recreate("bento", ALAN)
    sandbox.change(uuid, unsubscribed_at="2026-01-01T00:00:00Z")
    watch(erasure_of(ticket).account, clock=clock)
    row = load_reappearance(Reappearance.objects.get().pk)
    erase_again(row, source="import", text="The nightly file.", by=Actor.page(alice), at=clock())
    return row


def test_what_was_seen_and_shredded_is_not_told_as_lost(unsubscribed, read, client, clock):
    assert "Unsubscribed before the deletion, unsubscribed now." in read(unsubscribed)

    clock.advance(days=31)
    shred_due(at=clock())

    page = read(unsubscribed)
    assert load_reappearance(unsubscribed.pk).erasure.before.is_readable
    assert "No longer known: unsubscribed before the deletion, and what was seen since was destroyed." in page
    assert "mail may go out" not in page
    assert reverse("admin:tickets_reappearance_restore", args=[unsubscribed.pk]) not in page
    assert "Not known</span>" in client.get(LIST).text


def test_a_restore_is_not_begun_on_what_was_seen_and_shredded(unsubscribed, alice, clock):
    clock.advance(days=31)
    shred_due(at=clock())

    with pytest.raises(TicketError, match="came back subscribed is no longer known"):
        restore(load_reappearance(unsubscribed.pk), by=Actor.page(alice), at=clock())


def test_a_shredded_snapshot_is_not_said_to_have_held_nothing(row, read, client, alice, clock):
    """No entry remembers it either: its ticket was approved before entries did."""
    EntryUnsubscribe.objects.all().delete()
    clock.advance(days=31)
    shred_due(at=clock())

    assert "No longer known: the contents of the snapshot before the deletion were destroyed." in read(row)
    assert "Not known</span>" in client.get(LIST).text
    with pytest.raises(TicketError, match="Whether the person was unsubscribed is no longer known"):
        restore(load_reappearance(row.pk), by=Actor.page(alice), at=clock())


def test_a_restore_that_was_asked_for_in_time_outlives_the_snapshot(row, alice, clock):
    act = restore(load_reappearance(row.pk), by=Actor.page(alice), at=clock())
    clock.advance(days=31)
    shred_due(at=clock())

    run_due_acts(clock=clock)

    act.refresh_from_db()
    assert (act.status, act.outcome) == ("sent", "")


def test_a_record_that_another_ticket_erased_is_told_as_erased(row, erase, read, alice, clock):
    ticket = erase()
    assert erasure_of(ticket).status == "verified_absent"

    page = read(row)

    said = f"The record was erased by {ticket.reference} since: nothing is left to restore."
    assert said in page
    assert reverse("admin:tickets_deletionticket_change", args=[ticket.pk]) in page
    assert "mail may go out" not in page
    assert reverse("admin:tickets_reappearance_restore", args=[row.pk]) not in page
    with pytest.raises(TicketError, match=said):
        restore(load_reappearance(row.pk), by=Actor.page(alice), at=clock())


def test_a_record_that_another_ticket_did_not_know_is_not_told_as_erased(row, erase, read):
    Reappearance.objects.filter(pk=row.pk).update(new_uuid="a-record-of-its-own")
    erase()

    page = read(row)

    assert "Erased since" not in page
    assert "mail may go out" in page


def test_the_suppression_entry_remembers_what_the_shredded_snapshot_knew(erase, read, client, sandbox, alice, clock):
    """Both vendors knew that Alan had unsubscribed; he comes back after the snapshots were destroyed."""
    accounts(sandbox, verify_after="1s")
    ticket = erase()
    clock.advance(days=31)
    shred_due(at=clock())
    for vendor in ("bento", "blueshift"):
        sandbox.recreate(vendor, ALAN)
        watch(erasure_of(ticket, vendor).account, clock=clock)

    for row in Reappearance.objects.select_related("account"):
        assert "Was unsubscribed before the deletion, and is not any more" in read(row)
    assert "Unsubscribe state" in client.get(LIST).text
    act = restore(load_reappearance(_at_bento().pk), by=Actor.page(alice), at=clock())
    run_due_acts(clock=clock)
    act.refresh_from_db()
    assert (act.status, act.outcome) == ("sent", "")


def test_a_lifted_entry_remembers_nothing(erased, run, sandbox, alice, clock):
    ticket = erased(ALAN)
    clock.advance(days=31)
    shred_due(at=clock())
    sandbox.recreate("bento", ALAN)
    run(ticket)
    lift(SuppressionEntry.objects.get(), reason="added_in_error", by=Actor.worker(), at=clock())

    with pytest.raises(TicketError, match="Whether the person was unsubscribed is no longer known"):
        restore(load_reappearance(_at_bento().pk), by=Actor.page(alice), at=clock())


def _at_bento() -> Reappearance:
    return Reappearance.objects.get(account__vendor="bento")
