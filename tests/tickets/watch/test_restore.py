"""Restore the unsubscribe state of somebody who was unsubscribed, erased, and came back subscribed."""

import re

import pytest
from django.urls import reverse

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.errors import TicketError
from apps.tickets.models import Reappearance, SubscriberAct
from apps.tickets.selectors.reappearances import load_reappearance
from apps.tickets.services.reappearing import accept_return, erase_again
from apps.tickets.services.subscriber_acts import run_due_acts
from apps.tickets.services.unsubscribing import restore
from tests.tickets.builders import ADA, actions, approve_one, work
from tests.tickets.watch.conftest import ALAN


@pytest.fixture
def ask(clock):
    """Ask for the restoration as somebody."""

    def once(row: Reappearance, user) -> SubscriberAct:
        return restore(load_reappearance(row.pk), by=Actor.page(user), at=clock())

    return once


@pytest.fixture
def step(clock):
    """Let a worker do what is due, and return how the act stands."""

    def once() -> tuple[str, str]:
        run_due_acts(clock=clock)
        return SubscriberAct.objects.values_list("status", "outcome").get()

    return once


def commands(sandbox) -> list[dict]:
    return sandbox.journal(action="commands")


def now_at_bento(sandbox) -> dict:
    return sandbox.people(ALAN)["bento"][0]


def test_it_is_sent_once_to_somebody_suppressed_and_read_back(row, ask, step, alice, sandbox, clock):
    ask(row, alice)

    assert step() == ("sent", "")
    clock.advance(minutes=6)

    assert step() == ("done", "")
    assert now_at_bento(sandbox)["unsubscribed_at"]
    assert len(commands(sandbox)) == 1
    assert actions(row.ticket)[-3:] == ["erasure.restore_asked", "erasure.restore_sent", "erasure.restore_done"]


def test_a_command_without_effect_is_told_as_not_restored_with_a_next_step(
    row, ask, step, alice, sandbox, clock, client
):
    sandbox.settings(bento_command_delay=7200)
    ask(row, alice)
    step()
    clock.advance(minutes=6)
    assert step() == ("failed", "still_subscribed")

    client.force_login(alice)
    page = client.get(reverse("admin:tickets_reappearance_change", args=[row.pk])).text

    assert "Not restored: the check found the person subscribed." in page
    assert "Ask again, or unsubscribe the person" in page


def test_somebody_who_unsubscribed_again_meanwhile_is_left_alone(row, ask, step, alice, sandbox):
    ask(row, alice)
    sandbox.change(row.new_uuid, unsubscribed_at="2026-01-01T00:00:00Z")

    assert step() == ("done", "already")
    assert commands(sandbox) == []


def test_somebody_who_is_gone_is_not_created(row, ask, step, alice, sandbox):
    ask(row, alice)
    sandbox.remove(row.new_uuid)

    assert step() == ("failed", "unknown_person")
    assert commands(sandbox) == []


def test_it_is_refused_without_a_proof_that_the_person_was_unsubscribed(erased, run, ask, alice, sandbox):
    ticket = erased(ADA)
    sandbox.recreate("bento", ADA)
    run(ticket)

    with pytest.raises(TicketError, match="No snapshot before the deletion says"):
        ask(Reappearance.objects.get(), alice)


def test_it_is_refused_for_who_came_back_by_choice_and_for_who_may_not(row, ask, bob, carol, clock):
    with pytest.raises(NotAllowed):
        ask(row, carol)
    accept_return(load_reappearance(row.pk), text="She signed up again.", by=Actor.page(bob), at=clock())

    with pytest.raises(TicketError, match="came back by choice"):
        ask(row, bob)


def test_a_decision_for_by_choice_meanwhile_keeps_it_back(row, ask, step, alice, bob, sandbox, clock):
    ask(row, alice)
    accept_return(load_reappearance(row.pk), text="She signed up again.", by=Actor.page(bob), at=clock())

    assert step() == ("failed", "overtaken")
    assert commands(sandbox) == []


def test_a_deletion_on_its_way_for_the_follow_up_keeps_it_back(row, ask, step, alice, bob, sandbox, clock):
    sandbox.settings(bento_anonymize_delay=7200)
    again = erase_again(load_reappearance(row.pk), source="shop", text="Import.", by=Actor.page(alice), at=clock())
    work(clock)
    approve_one(again, approved_by=bob, at=clock())
    work(clock)
    ask(row, alice)

    assert step() == ("failed", "left_first")
    assert commands(sandbox) == []


def test_a_restoration_on_its_way_keeps_the_follow_up_back(row, ask, step, alice, bob, sandbox, clock):
    ask(row, alice)
    step()
    sent = len(sandbox.deletions(ALAN))
    again = erase_again(load_reappearance(row.pk), source="shop", text="Import.", by=Actor.page(alice), at=clock())
    work(clock)
    approve_one(again, approved_by=bob, at=clock())
    work(clock)
    assert len(sandbox.deletions(ALAN)) == sent

    clock.advance(minutes=6)
    step()
    work(clock)
    assert len(sandbox.deletions(ALAN)) == sent + 1


def test_the_page_offers_it_once_to_support(row, alice, carol, client):
    url = reverse("admin:tickets_reappearance_change", args=[row.pk])
    button = reverse("admin:tickets_reappearance_restore", args=[row.pk])
    client.force_login(carol)
    assert button not in client.get(url).text
    assert client.post(button).status_code == 403

    client.force_login(alice)
    assert button in client.get(url).text
    assert client.post(button).status_code == 302

    page = client.get(url).text
    assert button not in page
    assert re.search("Restoring the unsubscribe state was asked for", page)


def test_the_page_says_when_it_was_restored_and_read_back(row, ask, step, alice, client, clock):
    url = reverse("admin:tickets_reappearance_change", args=[row.pk])
    client.force_login(alice)
    ask(row, alice)
    step()
    assert re.search(r"An unsubscribe was sent at [^,]+, not read back yet", client.get(url).text)

    clock.advance(minutes=6)
    assert step() == ("done", "")

    page = client.get(url).text
    assert "is not any more" not in page
    assert re.search(r"came back without that. Restored at .+, read back at .+: unsubscribed again.", page)
    assert "Restored</span>" in client.get(reverse("admin:tickets_reappearance_changelist")).text


def test_the_page_says_that_nothing_had_to_be_sent(row, ask, step, alice, sandbox, client):
    ask(row, alice)
    sandbox.change(row.new_uuid, unsubscribed_at="2026-01-01T00:00:00Z")
    step()
    client.force_login(alice)

    page = client.get(reverse("admin:tickets_reappearance_change", args=[row.pk])).text

    assert "A later look found the person unsubscribed again." in page
