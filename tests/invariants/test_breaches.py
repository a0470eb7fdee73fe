"""Each promise is broken once, behind the console's back, and has to be reported: a checker that sees nothing proves
nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django_q.brokers import get_broker
from django_q.tasks import async_task

from apps.audit.models import AuditEvent, AuditSnapshot
from apps.suppression.models import EntrySource
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.vendors.models import Usage, VendorAccount
from tests.sandbox_process import Sandbox
from tests.tickets.builders import ADA, Clock, accounts, approve_one, erasure_of, open_one, work

from .checking import breaches
from .evidence import evidence_of
from .telling import stories_of


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sent(sandbox: Sandbox, alice: User, bob: User, clock: Clock) -> DeletionTicket:
    """Ada at Bento: looked at, approved, and accepted by the vendor."""
    accounts(sandbox, "bento", verify_after="1h,2h")
    ticket = open_one(opened_by=alice)
    work(clock)
    approve_one(ticket, approved_by=bob)
    work(clock)
    return ticket


@pytest.fixture
def erased(sent: DeletionTicket, clock: Clock) -> DeletionTicket:
    clock.advance(hours=3)
    work(clock)
    return sent


@pytest.fixture
def told(sandbox: Sandbox, clock: Clock) -> Callable[..., list[str]]:
    """Return what the checker says now."""

    def tell(**said) -> list[str]:
        return [str(breach) for breach in breaches(evidence_of(sandbox, at=clock(), **said))]

    return tell


def test_an_ordinary_erasure_breaks_nothing(erased, told):
    assert erasure_of(erased).status == "verified_absent"
    assert told() == []


def test_a_request_without_an_attempt_is_told(sent, told):
    Attempt.objects.all().delete()

    assert "I1" in [line[:2] for line in told()]


def test_two_requests_without_a_look_between_are_told(sandbox, sent, clock, told):
    erasure = erasure_of(sent)
    Erasure.objects.filter(pk=erasure.pk).update(status="retry_wait", doubt="", not_before=clock(), looked_at=clock())
    Attempt.objects.update(outcome="unknown")

    work(clock)

    assert len(sandbox.deletions(ADA)) == 2
    assert told() == [f"I2: Attempt 2 of {erasure.subject} was sent without a look after attempt 1."]


def test_a_breach_is_explained_by_the_story_of_its_erasure_which_names_nobody(sandbox, sent, clock):
    erasure = erasure_of(sent)
    Erasure.objects.filter(pk=erasure.pk).update(status="retry_wait", doubt="", not_before=clock(), looked_at=clock())
    Attempt.objects.update(outcome="unknown")
    sandbox.fault(path="delet", status=504)
    work(clock)

    evidence = evidence_of(sandbox, at=clock())
    story = list(stories_of(breaches(evidence), evidence))

    assert story[:3] == [
        f"{erasure.subject} ends as retry_wait, unclear.",
        "attempt 1: round 1, fence 3, unknown (202)",
        "attempt 2: round 1, fence 5, maybe_arrived (504)",
    ]
    told = "\n".join(story)
    assert "vendor: request 3, delete, answered 504, fault “whole: 504 json”, attempt 2" in told
    assert "attempt.started" in told
    assert ADA not in told
    assert str(erasure.before.vendor_uuids[0]) not in told


def test_a_second_request_after_an_accepted_one_is_told(sandbox, sent, clock, told):
    erasure = erasure_of(sent)
    Erasure.objects.filter(pk=erasure.pk).update(status="retry_wait", doubt="", not_before=clock(), looked_at=clock())

    work(clock)

    assert told() == [f"I2: Attempt 2 of {erasure.subject} was sent though attempt 1 had been accepted."]


def test_a_request_that_arrived_though_it_is_said_never_to_have_left_is_told(sent, told):
    Attempt.objects.update(outcome="unreached")

    assert told() == [f"I2: Attempt 1 of {erasure_of(sent).subject} is said never to have left, but it arrived."]


def test_what_is_sent_past_its_lease_is_told(sent, clock, told):
    Erasure.objects.update(status="sending", leased_until=clock() - timedelta(seconds=1))

    [line] = told()

    assert line.startswith(f"I3: {erasure_of(sent).subject} is still being sent, though its lease ended")


def test_a_request_without_a_snapshot_from_before_is_told(sent, clock, told):
    AuditSnapshot.objects.update(taken_at=clock() + timedelta(seconds=1))

    assert told() == [f"I4: {erasure_of(sent).subject} was sent without a snapshot from before and without a waiver."]


def test_a_waiver_stands_for_the_snapshot(sent, clock, told):
    AuditSnapshot.objects.update(taken_at=clock() + timedelta(seconds=1))

    Erasure.objects.update(waiver="waived")

    assert told() == []


def test_suppression_that_came_after_the_request_is_told(sent, clock, told):
    EntrySource.objects.update(added_at=clock() + timedelta(seconds=1))

    assert told() == [f"I5: {sent.reference} was sent before its person was suppressed."]


def test_suppression_that_the_ledger_tells_later_is_told(sent, told):
    """Two moments may be equal; the order of the events cannot be."""
    AuditEvent.objects.filter(action="suppression.added").update(root="elsewhere")

    assert f"I5: {sent.reference} was sent before its person was suppressed." in told()


def test_a_broken_ledger_is_told(sent, told):
    AuditEvent.objects.filter(seq=2).update(subject="somebody/else", root="somebody")

    assert "I6: Event 2 of the ledger: Its column “subject” differs from its body." in told()


def test_an_attempt_that_the_ledger_does_not_tell_of_is_told(sent, clock, told):
    attempt = Attempt.objects.create(erasure=erasure_of(sent), number=2, fence=9, started_at=clock())

    assert told() == [f"I6: The ledger tells 0 times that attempt {attempt.pk} (number 2) was started."]


def test_an_attempt_that_was_taken_away_is_told(sandbox, sent, told):
    attempt = Attempt.objects.get()
    sandbox.reset()
    Erasure.objects.update(accepted_at=None)

    Attempt.objects.all().delete()

    assert told() == [f"I6: The ledger tells of attempt {attempt.pk}, which is gone."]


def test_a_request_that_the_quota_did_not_count_is_told(sent, told):
    Usage.objects.all().delete()

    [line] = told()

    assert line.startswith("I7: bento received 1 more deletions sent at ")


def test_more_requests_than_the_day_takes_are_told(sent, told):
    VendorAccount.objects.update(per_day=0)

    said = [line.removeprefix("I7: ") for line in told(one_clock=True)]

    assert [line.partition(" for bento")[0] for line in said] == [
        "1 deletions were counted",
        "1 deletions arrived",
        "1 deletions arrived by the sandbox's clock",
    ]


def test_the_day_of_the_quota_is_any_twenty_four_hours(sent, clock, told):
    """Two full days beside each other break no limit; the middle of both does."""
    VendorAccount.objects.update(per_day=5)
    account = VendorAccount.objects.get()
    for hours, sends in ((30, 3), (50, 2)):
        Usage.objects.create(account=account, minute=clock() + timedelta(hours=hours), sends=sends)

    assert told() == []

    Usage.objects.create(account=account, minute=clock() + timedelta(hours=49), sends=1)

    assert told() == ["I7: 6 deletions were counted for bento within 24 hours, of 5 allowed."]


@pytest.mark.parametrize(
    ("column", "value"),
    [("lease_owner", ADA), ("lease_owner", "for ADA@example.com!"), ("lease_owner", "ada%40example.com")],
)
def test_an_address_in_a_column_is_told(sent, told, column, value):
    Erasure.objects.update(**{column: value})

    assert told() == [f"I8: tickets_erasure.{column} names {ADA} in clear."]


def test_an_address_in_sealed_bytes_is_told(sent, told):
    Attempt.objects.update(words=b"\x00\x0f" + ADA.encode() + b"\x94")

    assert told() == [f"I8: tickets_attempt.words names {ADA} in clear."]


def test_the_visible_part_of_a_masked_address_is_no_leak(sandbox, sent, told):
    sandbox.add("bento", "a@example.com")

    Erasure.objects.update(lease_owner="ad•••a@example.com")

    assert told() == []


@pytest.fixture
def queue() -> Iterator[None]:
    """Empty the queue after a test: Redis knows nothing of transactions."""
    yield
    get_broker().purge_queue()


def test_an_address_in_a_message_of_the_queue_is_told(sent, told, queue):
    async_task("apps.jobs.tasks.run", "tickets.open", ADA)

    assert told() == [f"I8: A message of the queue names {ADA} in clear."]


def test_an_address_in_a_log_is_told(sent, told, tmp_path):
    log = tmp_path / "console.log"
    log.write_text(f"started\nGET /find?email={ADA}\n")

    assert told(logs=(log,)) == [f"I8: Line 2 of console.log names {ADA} in clear."]


def test_an_acceptance_that_the_sandbox_did_not_give_is_told(sandbox, sent, clock, told):
    sandbox.reset()
    settings.VENDOR_SECRET_URLS = {}

    assert told() == [
        f"I9: {erasure_of(sent).subject} is called “Accepted, not yet proof”, but the sandbox never accepted it."
    ]


def test_an_erased_person_whom_the_sandbox_still_holds_is_told(sandbox, erased, told):
    [uuid] = erasure_of(erased).before.vendor_uuids

    sandbox.change(uuid, email=ADA)

    assert told() == [
        f"I9: {erasure_of(erased).subject} is called “Verified absent”, but the sandbox still holds the person."
    ]


def test_an_erasure_that_was_never_asked_for_is_told(erased, told):
    with connection.constraint_checks_disabled():
        Attempt.objects.all().delete()
    Erasure.objects.update(accepted_at=None)

    assert f"I9: {erasure_of(erased).subject} is called “Verified absent”, but the sandbox was never asked." in told()


def test_a_ticket_called_erased_beside_an_erasure_that_is_not_is_told(erased, clock, told):
    Erasure.objects.update(status="still_present")

    assert told() == [f"I9: {erased.reference} is called erased and verified with an erasure that is not."]


def test_a_completed_ticket_with_open_work_is_told(erased, told):
    Erasure.objects.update(status="accepted", closed_at=None)

    assert f"I9: {erased.reference} is completed with an erasure still open." in told()
