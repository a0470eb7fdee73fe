"""One deletion takes 50 profiles at most, so what an address has beyond that goes in further rounds."""

import pytest

from apps.audit.actors import Actor
from apps.audit.selectors import history
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.profiles import going_on
from apps.tickets.services import handling
from apps.vendors.models import Usage
from tests.tickets.builders import actions, erasure_of, work

VERA = "vera@example.com"
STICKY = "sticky@example.com"
WINDOWS = "1h,6h"


def at_blueshift() -> Erasure:
    return erasure_of(DeletionTicket.objects.get(), "blueshift")


@pytest.fixture
def sent(ready, sandbox, clock):
    """Send the first deletion for so many profiles of one address."""

    def send(profiles: int, *, sticky: int = 0, **options) -> DeletionTicket:
        if profiles:
            sandbox.add("blueshift", VERA, profiles=profiles)
        if sticky:
            sandbox.add("blueshift", VERA, profiles=sticky, sticky=True)
        ticket = ready("blueshift", VERA, verify_after=WINDOWS, **options)
        work(clock)
        return ticket

    return send


@pytest.mark.parametrize(
    ("profiles", "requests", "ends"),
    [
        (0, 1, "not_found"),
        (1, 1, "verified_absent"),
        (50, 1, "verified_absent"),
        (51, 2, "verified_absent"),
        (100, 2, "verified_absent"),
        (101, 3, "verified_absent"),
        (120, 3, "verified_absent"),
    ],
)
def test_every_fifty_profiles_take_a_request(sent, sandbox, clock, profiles, requests, ends):
    ticket = sent(profiles)
    assert at_blueshift().requests_needed == requests

    for _ in range(requests):
        clock.advance(hours=1)
        work(clock)

    erasure = at_blueshift()
    assert (erasure.status, erasure.round, erasure.tries) == (ends, requests, 1)
    assert len(sandbox.deletions(VERA)) == requests
    assert sandbox.people(VERA)["blueshift"] == []
    assert sum(Usage.objects.values_list("sends", flat=True)) == requests
    ticket.refresh_from_db()
    assert ticket.status == "completed"


def test_a_round_begins_after_the_first_window_and_says_what_is_left(sent, sandbox, clock):
    ticket = sent(120)
    assert (at_blueshift().status, len(at_blueshift().uuids_left)) == ("accepted", 120)
    sandbox.fault(vendor="blueshift", path="delet", status=503)

    clock.advance(hours=1)
    work(clock)

    erasure, ticket = at_blueshift(), DeletionTicket.objects.get()
    assert (erasure.status, erasure.round, len(erasure.uuids_left)) == ("retry_wait", 2, 70)
    assert going_on(erasure) == "Round 2 of at most 10: 70 profiles left at the last look."
    assert (erasure.requests_needed, ticket.status) == (2, "in_progress")
    assert "erasure.next_round" in actions(ticket)
    assert list(erasure.attempts.order_by("number").values_list("round", flat=True)) == [1, 2]


def test_the_approver_reads_how_many_requests_it_takes(ready):
    ready("blueshift", "dennis@example.com")

    assert going_on(at_blueshift()) == "3 requests needed: one takes 50 profiles at most."


def test_a_round_that_changed_nothing_is_the_last(sent, sandbox, clock):
    sent(0, sticky=60)

    for hours in (1, 5, 48):
        clock.advance(hours=hours)
        work(clock)

    erasure = at_blueshift()
    assert (erasure.status, erasure.attention, erasure.round) == ("still_present", "still_present", 1)
    assert len(sandbox.deletions(VERA)) == 1


def test_what_sticks_after_some_rounds_is_still_present(sent, sandbox, clock):
    sent(60, sticky=2)

    for hours in (1, 1, 1, 5, 48):
        clock.advance(hours=hours)
        work(clock)

    erasure = at_blueshift()
    assert (erasure.status, erasure.attention, len(erasure.uuids_left)) == ("still_present", "still_present", 2)
    assert erasure.round == 3
    assert len(sandbox.deletions(VERA)) == 3


def test_ten_rounds_are_the_most(sent, sandbox, clock):
    sent(12, mode="forget")

    for _ in range(14):
        clock.advance(hours=1)
        work(clock)
    clock.advance(hours=6)
    work(clock)

    erasure = at_blueshift()
    assert (erasure.status, erasure.round, len(erasure.uuids_left)) == ("still_present", 10, 2)
    assert len(sandbox.journal(action="forget")) == 10


def test_forgotten_profiles_count_as_gone_though_their_records_remain(sent, sandbox, clock):
    ticket = sent(2, mode="forget")

    for _ in range(2):
        clock.advance(hours=1)
        work(clock)

    assert at_blueshift().status == "verified_absent"
    assert at_blueshift().after.profiles == 2
    verified = [event for event in history(ticket.reference) if event.action == "erasure.verified_absent"]
    assert verified[0].entry["facts"]["anonymized_remains"] == 2


def test_an_answer_in_doubt_does_not_end_a_round(sent, sandbox, clock):
    sent(70)
    sandbox.fault(vendor="blueshift", path="delet", wire="reset", effect=True)

    clock.advance(hours=1)
    work(clock)
    assert (at_blueshift().status, at_blueshift().round) == ("outcome_unknown", 2)
    clock.advance(hours=1)
    work(clock)

    assert at_blueshift().status == "verified_absent"
    assert len(sandbox.deletions(VERA)) == 2


def test_rounds_that_are_called_off_leave_the_rest_still_present(sent, sandbox, clock, bob):
    ticket = sent(70)
    sandbox.fault(vendor="blueshift", path="delet", status=503)
    clock.advance(hours=1)
    work(clock)

    refusals = handling.stop_rest(
        DeletionTicket.objects.filter(pk=ticket.pk), text="Enough.", by=Actor.page(bob), at=clock()
    )

    ticket.refresh_from_db()
    assert refusals == []
    assert (at_blueshift().status, ticket.resolution) == ("still_present", "not_erased")


@pytest.mark.parametrize(
    ("held", "typed", "sent_as"),
    [
        (VERA, "Vera@Example.com", VERA),
        ("Vera.Rubin@example.com", "Vera.Rubin@example.com", "Vera.Rubin@example.com"),
        ("vera+news@example.com", "vera+news@example.com", "vera+news@example.com"),
    ],
)
def test_rounds_keep_to_the_spelling_that_found_somebody(ready, sandbox, clock, held, typed, sent_as):
    sandbox.settings(blueshift_case_sensitive=True)
    sandbox.add("blueshift", held, profiles=51)
    ready("blueshift", typed, verify_after=WINDOWS)
    work(clock)

    for _ in range(2):
        clock.advance(hours=1)
        work(clock)

    assert [entry["identifiers"] for entry in sandbox.deletions()] == [[sent_as], [sent_as]]
    assert at_blueshift().status == "verified_absent"
