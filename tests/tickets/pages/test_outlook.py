"""One sentence about what happens next."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from apps.audit.models import AuditSnapshot
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.outlook import is_going_on, outlook
from apps.vendors.models import VendorAccount
from tests.constants import NOW

ALICE, BOB = User(pk=1, username="alice"), User(pk=2, username="bob")
LATER = NOW + timedelta(minutes=15)


def account(vendor: str, **fields) -> VendorAccount:
    return VendorAccount(pk=["bento", "blueshift"].index(vendor) + 1, name=vendor, vendor=vendor, **fields)


def erasure(vendor: str = "bento", status: str = "queued", **fields) -> Erasure:
    fields = {"not_before": NOW, "before": AuditSnapshot(pk=1), **fields}
    return Erasure(status=status, **{"account": account(vendor), **fields})


def ticket(status: str, **fields) -> DeletionTicket:
    return DeletionTicket(status=status, opened_by=ALICE, opened_at=NOW, **fields)


def sentence(status: str, *erasures: Erasure, **fields) -> str:
    return outlook(ticket(status, **fields), list(erasures), NOW).text


def test_approval_names_who_may_not_give_it():
    assert (
        sentence("pending_approval", identity_verified_by=ALICE) == "Waits for approval by somebody other than alice."
    )
    assert sentence("pending_approval", identity_verified_by=BOB) == (
        "Waits for approval by somebody other than alice and bob."
    )


def test_a_ticket_without_identity_says_when_it_ends(settings):
    settings.IDENTITY_DAYS = 30

    assert sentence("awaiting_identity") == "Waits until the identity is verified; denied by itself on 1 Jul 2026."


def test_cooling_off_names_the_moment():
    assert sentence("approved", erasure(), leaves_at=LATER) == "Leaves at 12:15."


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "Bento is asked next."),
        ({"not_before": LATER, "tries": 1, "status": "retry_wait"}, "Bento will be asked again at 12:15."),
        (
            {"not_before": LATER, "tries": 1, "status": "retry_wait", "doubt": "unclear"},
            "Bento will be asked again at 12:15, after a look.",
        ),
        (
            {"not_before": LATER, "status": "outcome_unknown", "doubt": "unclear"},
            "Bento will be checked at 12:15, since nobody knows yet what the last request did.",
        ),
        ({"status": "sending", "leased_until": LATER}, "Bento is answering right now."),
        ({"status": "accepted", "not_before": LATER}, "Bento will be checked at 12:15."),
        ({"before": None}, "Bento is searched next."),
        ({"account": account("bento", wait_until=LATER)}, "Bento will be asked at 12:15."),
    ],
)
def test_one_erasure_tells_its_next_move(fields, expected):
    assert sentence("in_progress", erasure(**fields)) == expected


def test_a_broken_account_is_not_said_to_be_next_without_more():
    broken = account("bento", broken_at=NOW)

    assert sentence("in_progress", erasure(before=None, account=broken)) == (
        "Bento is searched next. "
        "Bento does not answer as documented: one erasure at a time is tried, until it does again."
    )


def test_a_used_up_day_tells_when_the_next_deletion_fits():
    waiting = ticket("in_progress")

    told = outlook(waiting, [erasure()], NOW, slots={1: LATER})

    assert told.text == "Bento will be asked at 12:15."
    assert not is_going_on(waiting, [erasure()], NOW, slots={1: LATER})


def test_accounts_with_the_same_moment_stand_together():
    both = [erasure(vendor, "accepted", not_before=LATER) for vendor in ("bento", "blueshift")]

    assert sentence("awaiting_readback", *both) == "Bento and Blueshift will be checked at 12:15."


def test_accounts_with_other_moments_are_listed():
    first = erasure("bento", "accepted", not_before=LATER)
    second = erasure("blueshift", "accepted", not_before=NOW + timedelta(hours=3))

    assert sentence("awaiting_readback", first, second) == "Bento will be checked at 12:15, Blueshift at 15:00."


def test_a_person_comes_before_everything_that_goes_on_by_itself():
    stuck = erasure("bento", "rejected", attention="rejected")

    assert sentence("in_progress", stuck, erasure("blueshift", "accepted")) == (
        "Bento needs a person: rejected by the vendor."
    )


def test_a_hold_and_a_pause_say_what_stops_the_sending():
    paused = account("bento", paused_at=NOW, pause_code="key_refused")

    assert sentence("in_progress", erasure(), on_hold=True).startswith("On hold: nothing leaves")
    assert sentence("in_progress", erasure(account=paused)) == "Waits until somebody resumes Bento: key refused."


@pytest.mark.parametrize(
    ("resolution", "start"),
    [
        ("erased_verified", "Done: looks after the requests found nobody."),
        ("accepted_unverified", "Done: every request was accepted, and not every one"),
        ("not_erased", "Closed: nothing was erased."),
        ("withdrawn", "Cancelled before any deletion was sent"),
    ],
)
def test_an_end_says_how_it_ended(resolution, start):
    assert sentence("completed", resolution=resolution).startswith(start)


def test_a_denial_names_its_ground():
    assert sentence("denied", resolution="denied", denial_code="ccpa_exception") == "Denied: exception of the CCPA."


@pytest.mark.parametrize(
    ("status", "row", "expected"),
    [
        ("in_progress", {}, True),
        ("in_progress", {"status": "accepted", "not_before": NOW + timedelta(hours=6)}, False),
        ("in_progress", {"attention": "rejected"}, False),
        ("pending_approval", {}, False),
        ("pending_approval", {"before": None}, True),
        ("awaiting_identity", {"before": None}, False),
        ("completed", {}, False),
    ],
)
def test_a_page_watches_only_while_something_goes_on(status, row, expected):
    assert is_going_on(ticket(status), [erasure(**row)], NOW) is expected
