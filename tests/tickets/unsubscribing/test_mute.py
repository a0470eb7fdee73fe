"""Mute now: an unsubscribe while a deletion waits, sent once after a look, and believed only after another."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.errors import TicketError
from apps.tickets.models import Erasure, SubscriberAct
from apps.tickets.selectors.due import sends
from apps.tickets.services import subscriber_acts
from apps.tickets.services.approving import approve
from apps.tickets.services.subscriber_acts import LEASE, READ_BACK_AFTER, run_act
from apps.tickets.services.unsubscribing import mute
from apps.tickets.services.vendor_calls import LOOK_LIFE
from apps.vendors.services.accounts import pause, resume
from tests.tickets.builders import ADA, NOBODY, actions, approve_one, open_one, work

from .conftest import fresh

ALAN = "alan@example.com"  # unsubscribed at both vendors
GRACE = "Grace.Hopper@example.com"


def commands(sandbox) -> list[dict]:
    return sandbox.journal(action="commands")


def state(act: SubscriberAct) -> tuple[str, str]:
    return act.status, act.outcome


def test_it_is_looked_at_sent_once_and_proved_by_a_look(sandbox, looked_at, ask, run, clock):
    ticket = looked_at()

    act = run(ask(ticket))
    assert state(act) == ("sent", "")
    clock.advance(minutes=6)
    act = run(act)

    assert state(act) == ("done", "")
    assert (act.sent_at, act.checked_at) == (clock() - timedelta(minutes=6), clock())
    assert len(commands(sandbox)) == 1
    assert sandbox.people(ADA)["bento"][0]["unsubscribed_at"]
    assert actions(ticket)[-3:] == ["erasure.mute_asked", "erasure.mute_sent", "erasure.mute_done"]


def test_a_command_that_takes_no_effect_is_told_as_failed(sandbox, looked_at, ask, run, clock):
    sandbox.settings(bento_command_delay=3600)

    act = run(ask(looked_at()))
    clock.advance(minutes=6)

    assert state(run(act)) == ("failed", "still_subscribed")


@pytest.mark.parametrize(
    ("email", "words"),
    [
        (ALAN, "The person is unsubscribed already: a second time would move the date."),
        (NOBODY, "A person is muted only after a snapshot that found them."),
    ],
)
def test_it_is_refused_for_whom_the_snapshot_shows_unsubscribed_or_nowhere(sandbox, looked_at, ask, email, words):
    ticket = looked_at(email)

    with pytest.raises(TicketError) as refusal:
        ask(ticket)

    assert str(refusal.value) == words
    assert commands(sandbox) == []


def test_it_is_refused_before_the_snapshot_and_where_the_vendor_has_no_such_command(sandbox, looked_at, alice, clock):
    blueshift = looked_at(vendor="blueshift")
    unseen = open_one("linus+news@example.com", opened_by=alice)

    with pytest.raises(TicketError, match="takes no unsubscribe"):
        mute(fresh(blueshift, "blueshift"), by=Actor.page(alice), at=clock())
    with pytest.raises(TicketError, match="no unsubscribe|after a snapshot"):
        mute(fresh(unseen, "blueshift"), by=Actor.page(alice), at=clock())


def test_only_support_and_approvers_may(looked_at, carol, olga, bob, clock):
    ticket = looked_at()

    for person in (carol, olga):
        with pytest.raises(NotAllowed):
            mute(fresh(ticket), by=Actor.page(person), at=clock())

    assert mute(fresh(ticket), by=Actor.page(bob), at=clock()).requested_by == bob


def test_a_second_one_is_refused_by_the_service_and_by_the_database(looked_at, ask):
    ticket = looked_at()
    first = ask(ticket)

    with pytest.raises(TicketError, match="under way"):
        ask(ticket)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubscriberAct.objects.create(
            kind="mute",
            erasure=first.erasure,
            requested_by=first.requested_by,
            requested_at=first.requested_at,
            not_before=first.not_before,
        )


def test_nothing_is_sent_to_somebody_who_unsubscribed_or_left_meanwhile(sandbox, looked_at, ask, run):
    act = ask(looked_at())
    uuid = sandbox.people(ADA)["bento"][0]["uuid"]
    sandbox.change(uuid, unsubscribed_at="2026-05-30T08:00:00Z")
    assert state(run(act)) == ("done", "already")

    gone = ask(looked_at(GRACE))
    sandbox.remove(sandbox.people(GRACE)["bento"][0]["uuid"])
    assert state(run(gone)) == ("failed", "unknown_person")

    assert commands(sandbox) == []


def test_a_look_that_grew_old_sends_nothing(sandbox, looked_at, ask, clock):
    act = ask(looked_at())
    looks = len(sandbox.journal(action="find"))

    def aging():
        """Jump as soon as the fresh look was made."""
        has_looked = len(sandbox.journal(action="find")) > looks
        return clock() + (LOOK_LIFE + timedelta(seconds=1) if has_looked else timedelta(0))

    run_act(act, clock=aging)

    act.refresh_from_db()
    assert (state(act), commands(sandbox)) == (("failed", "look_failed"), [])


def test_a_busy_vendor_is_asked_again_and_a_paused_account_waits(sandbox, looked_at, ask, run, clock, olga):
    ticket = looked_at()
    account = fresh(ticket).account
    sandbox.fault(path="commands", status=429, style="json")
    act = run(ask(ticket))
    assert state(act) == ("waiting", "held_up")

    pause(account, "by_hand", by=Actor.page(olga), at=clock())
    clock.advance(minutes=10)
    assert state(run(act)) == ("waiting", "held_up")

    account.refresh_from_db()
    resume(account, by=Actor.page(olga), at=clock())
    clock.advance(minutes=10)
    assert run(act).status == "sent"


def test_no_readable_answer_is_never_sent_again_but_looked_after(sandbox, looked_at, ask, run, clock):
    sandbox.fault(path="commands", wire="reset", effect=True)

    act = run(ask(looked_at()))
    assert state(act) == ("sent", "unclear")
    clock.advance(minutes=6)

    assert state(run(act)) == ("done", "")
    assert len(commands(sandbox)) == 1


def test_a_refused_command_says_so(sandbox, looked_at, ask, run):
    sandbox.fault(path="commands", status=403, style="json")

    act = run(ask(looked_at()))

    assert (state(act), act.http_status) == (("failed", "refused"), 403)


def test_a_worker_that_died_while_sending_leaves_a_check_and_no_second_command(sandbox, looked_at, ask, run, clock):
    act = ask(looked_at())
    SubscriberAct.objects.filter(pk=act.pk).update(
        status="sending", sent_at=clock(), leased_until=clock() + LEASE, not_before=clock() + READ_BACK_AFTER
    )
    assert run(act).status == "sending"

    clock.advance(minutes=6)

    assert state(run(act)) == ("failed", "still_subscribed")
    assert commands(sandbox) == []


def test_a_worker_takes_a_row_by_its_own_fields_and_ends_only_what_it_took(looked_at, ask, clock):
    act = ask(looked_at())
    with CaptureQueriesContext(connection) as queries:
        taken = subscriber_acts._take(act, at=clock())
    [update] = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert "SELECT" not in update

    SubscriberAct.objects.update(status="sending", sent_at=clock())
    subscriber_acts._end(taken, "failed", "refused", at=clock())

    act.refresh_from_db()
    assert state(act) == ("sending", "")


def test_a_check_that_finds_no_answer_is_repeated_and_then_told_as_unproved(sandbox, looked_at, ask, run, clock):
    act = run(ask(looked_at()))
    sandbox.fault(path="fetch/subscribers", status=500, times=0)

    for _ in range(3):
        clock.advance(minutes=6)
        act = run(act)

    assert state(act) == ("failed", "unproved")


def test_the_deletion_waits_for_the_check_and_then_leaves_by_itself(sandbox, looked_at, ask, run, bob, clock):
    ticket = looked_at()
    act = run(ask(ticket))
    approve_one(ticket, approved_by=bob, at=clock())
    Erasure.objects.update(not_before=clock())  # somebody makes it due before the check

    work(clock)
    assert sandbox.deletions() == []

    clock.advance(minutes=6)
    run(act)
    work(clock)
    assert len(sandbox.deletions(ADA)) == 1


def test_another_ticket_for_the_same_person_waits_too(looked_at, ask, run, alice, bob, clock):
    act = run(ask(looked_at()))
    second = open_one(ADA, opened_by=alice)
    work(clock)
    approve_one(second, approved_by=bob, at=clock())

    assert act.status == "sent"
    assert not sends(fresh(second).account, at=clock()).exists()


def test_a_deletion_that_left_first_wins(sandbox, looked_at, ask, run, bob, clock):
    sandbox.settings(bento_anonymize_delay=3600)
    ticket = looked_at()
    act = ask(ticket)
    approve_one(ticket, approved_by=bob, at=clock())
    work(clock)

    assert state(run(act)) == ("failed", "left_first")
    assert commands(sandbox) == []


def test_a_suppressed_person_can_be_muted(sandbox, looked_at, ask, run, bob, clock):
    ticket = looked_at()
    tickets = type(ticket).objects.filter(pk=ticket.pk)
    approve(tickets, sources_paused="paused", by=Actor.page(bob), at=clock())

    assert run(ask(ticket)).status == "sent"
    assert sandbox.deletions() == []


def test_a_spelling_in_capitals_is_kept(sandbox, looked_at, ask, run):
    run(ask(looked_at(GRACE)))

    assert [entry["identifiers"] for entry in commands(sandbox)] == [[GRACE]]
