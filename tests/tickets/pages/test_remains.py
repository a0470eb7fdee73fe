"""What is found after a deletion stands beside "gone": the page says what it is and why it counts as it does."""

import re

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.models import AuditSnapshot
from apps.audit.services import shred_snapshots
from apps.tickets.models import DeletionTicket
from apps.tickets.services.choosing import choose_profiles
from tests.tickets.builders import ADA, Clock, accounts, approve_one, erasure_of, open_one, work

MARGARET = "margaret@example.com"  # 2001, 2002 and one without a customer id
pytestmark = pytest.mark.django_db


@pytest.fixture
def card(as_user, carol):
    def read(ticket) -> str:
        page = as_user(carol).get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk])).text
        return " ".join(re.sub(r"<[^>]+>", " ", page).split())

    return read


@pytest.fixture
def clock(now) -> Clock:
    return Clock(now)


def finish(ticket, bob, clock) -> DeletionTicket:
    approve_one(ticket, approved_by=bob, at=clock())
    work(clock)
    clock.advance(seconds=2)
    work(clock)
    return DeletionTicket.objects.get(pk=ticket.pk)


@pytest.fixture
def ticked(sandbox, alice, bob, clock) -> DeletionTicket:
    """Erase one of Margaret's three profiles at Blueshift."""
    accounts(sandbox, "blueshift", verify_after="1s,2s")
    ticket = open_one(MARGARET, opened_by=alice, at=clock())
    work(clock)
    erasure = erasure_of(ticket, "blueshift")
    mine = next(p["uuid"] for p in sandbox.people(MARGARET)["blueshift"] if p["customer_id"] == "2001")
    choose_profiles(
        erasure,
        choice="ticked",
        uuids=[mine],
        text="",
        snapshot=erasure.before_id,
        by=Actor.page(bob),
        at=clock(),
    )
    return ticket


@pytest.fixture
def anonymized(sandbox, alice, bob, clock) -> DeletionTicket:
    """Erase Ada at Bento, which keeps an empty record."""
    accounts(sandbox, "bento", verify_after="1s")
    ticket = open_one(ADA, opened_by=alice, at=clock())
    work(clock)
    return finish(ticket, bob, clock)


def test_profiles_left_alone_do_not_count_as_found(ticked, bob, clock, card):
    ticket = finish(ticked, bob, clock)
    assert erasure_of(ticket, "blueshift").status == "verified_absent"

    told = card(ticket)

    assert "The ticked profiles are gone; 2 other profiles left alone, as chosen." in told
    assert "Found 2 profiles left alone" in told
    assert "was never asked for" in told
    assert "found nobody" not in told.lower()


def test_an_anonymized_record_is_named_as_one(anonymized, card):
    told = card(anonymized)

    assert "Only an anonymized record without personal fields remains." in told
    assert "Found 1 anonymized record" in told
    assert "An anonymized record has no personal fields and holds nobody." in told
    assert "found nothing more of the person to erase" in told
    assert "found nobody" not in told.lower()


def test_a_profile_that_stays_is_told_apart_from_those_left_alone(ticked, sandbox, bob, clock, card):
    mine = next(p["uuid"] for p in sandbox.people(MARGARET)["blueshift"] if p["customer_id"] == "2001")
    sandbox.change(mine, sticky=True)
    ticket = finish(ticked, bob, clock)
    clock.advance(seconds=5)
    work(clock)
    assert erasure_of(ticket, "blueshift").status == "still_present"

    assert "Found 1 profile and 2 profiles left alone" in card(ticket)


def test_destroyed_contents_say_what_is_gone_and_when(anonymized, card, clock):
    shred_snapshots(AuditSnapshot.objects.all(), by=Actor.worker(), at=clock())

    told = card(anonymized)

    assert told.count("Contents destroyed") == 2
    assert re.search(r"What was found was destroyed on \d+ \w+ \d{4}: state, tags and fields\.", told)
    assert "Found 1" not in told


def test_a_cleared_record_is_no_profile_of_somebody_who_is_still_present(sandbox, alice, bob, clock, card):
    """Blueshift forgets one of two records; the other one stays as it was."""
    first, _ = sandbox.add("blueshift", "vera@example.com", profiles=2)
    sandbox.change(first, sticky=True)
    accounts(sandbox, "blueshift", verify_after="1s,2s", mode="forget")
    ticket = open_one("vera@example.com", opened_by=alice, at=clock())
    work(clock)
    approve_one(ticket, approved_by=bob, at=clock())
    for _ in range(8):
        work(clock)
        clock.advance(seconds=5)
    assert erasure_of(ticket, "blueshift").status == "still_present"

    told = card(ticket)

    assert "Found 1 profile and 1 anonymized record" in told
    assert "Under another one, sending again cannot reach it" in told
