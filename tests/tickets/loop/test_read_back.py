"""Accepted is not erased: what the looks after a request conclude, window by window."""

from datetime import timedelta

import pytest

from apps.audit.models import AuditSnapshot
from apps.tickets.models import Erasure
from apps.tickets.services.claiming import MOST_UUIDS, claim, worker_for
from apps.tickets.services.doors import move_erasure
from apps.tickets.standings import erasure_standing
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.tickets.builders import ADA, NOBODY, Clock, accounts, actions, approve_one, erasure_of, open_one, work

VERA = "vera@example.com"
VENDORS = ["bento", "blueshift"]
STICKY = "sticky@example.com"  # accepted by both, never done


def after(clock: Clock, **duration) -> None:
    clock.advance(**duration)
    work(clock)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_first_clean_window_verifies(ready, sandbox, clock, vendor):
    ticket = ready(vendor, verify_after="1h,6h")
    work(clock)

    after(clock, hours=1)

    ticket.refresh_from_db()
    erasure = erasure_of(ticket, vendor)
    assert (erasure.status, erasure.verified_at) == ("verified_absent", NOW + timedelta(hours=1))
    assert (ticket.status, ticket.resolution) == ("completed", "erased_verified")
    assert actions(ticket)[-4:] == [
        "ticket.awaiting_readback",
        "erasure.verified_absent",
        "ticket.completed",
        "snapshot.sealed",
    ]


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_is_looked_at_before_the_first_window(ready, sandbox, clock, vendor):
    ticket = ready(vendor, verify_after="1h,6h")
    work(clock)
    requests = len(sandbox.journal())

    after(clock, minutes=59)

    assert len(sandbox.journal()) == requests
    assert erasure_of(ticket, vendor).status == "accepted"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_that_takes_its_time_is_asked_again_in_the_next_window(ready, sandbox, clock, vendor):
    ticket = ready(vendor, verify_after="1h,6h")
    sandbox.settings(delay=3 * 3600)
    work(clock)

    after(clock, hours=1)

    assert (erasure_of(ticket, vendor).status, erasure_of(ticket, vendor).window) == ("accepted", 1)

    sandbox.settle()
    after(clock, hours=5)

    assert erasure_of(ticket, vendor).status == "verified_absent"
    assert len(sandbox.deletions()) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_whoever_is_found_after_the_last_window_is_still_present(ready, sandbox, clock, vendor):
    ticket = ready(vendor, STICKY, verify_after="1h,6h")
    work(clock)
    after(clock, hours=1)

    after(clock, hours=5)

    ticket.refresh_from_db()
    erasure = erasure_of(ticket, vendor)
    assert (erasure.status, erasure.attention, erasure.closed_at) == ("still_present", "still_present", None)
    assert erasure.after.profiles == 1
    assert ticket.status == "in_progress"
    assert len(sandbox.deletions()) == 1


def test_a_look_makes_no_more_calls_than_its_worker_has_time_for(ready, sandbox, clock):
    sandbox.add("blueshift", VERA, profiles=9)
    ticket = ready("blueshift", VERA, verify_after="1h,6h")
    work(clock)
    clock.advance(hours=1)
    worker = worker_for(VendorAccount.objects.get())

    [step] = claim(worker, wanted=1, looks_first=True, at=clock())

    assert (len(step.uuids), step.calls) == (9, 1 + MOST_UUIDS)
    assert erasure_of(ticket, "blueshift").leased_until == clock() + 4 * timedelta(seconds=30)


def test_nobody_is_absent_before_every_record_was_asked_for(ready, sandbox, clock):
    """Found by address, they would all be gone; the last one has a new address and is there still."""
    *_, mover = sandbox.add("blueshift", VERA, profiles=5)
    ticket = ready("blueshift", VERA, verify_after="1h,6h")
    sandbox.change(mover, email="moved@example.com")
    work(clock)

    after(clock, hours=1)

    erasure = erasure_of(ticket, "blueshift")
    assert (erasure.status, erasure.round, erasure.uuids_left) == ("accepted", 2, [mover])
    assert (erasure.unasked, erasure.gathered) == ([], None)


def test_whom_an_earlier_look_of_a_window_found_is_still_there(ready, sandbox, clock):
    mover, *_ = sandbox.add("blueshift", VERA, profiles=5)
    ticket = ready("blueshift", VERA, verify_after="1h")
    sandbox.change(mover, email="moved@example.com")
    work(clock)

    for _ in range(3):
        after(clock, hours=1)

    erasure = erasure_of(ticket, "blueshift")
    assert (erasure.status, erasure.uuids_left, erasure.after.profiles) == ("still_present", [mover], 1)
    assert len(sandbox.journal(action="get")) == 5 + 1


def test_many_records_that_are_gone_are_each_asked_for_once(ready, sandbox, clock):
    gone = sandbox.add("blueshift", VERA, profiles=7)
    ticket = ready("blueshift", VERA, verify_after="1h,6h")
    work(clock)

    after(clock, hours=1)

    assert erasure_of(ticket, "blueshift").status == "verified_absent"
    assert len(sandbox.journal(action="get")) == len(gone)


def test_what_was_gathered_goes_when_the_erasure_closes(ready, sandbox, clock):
    sandbox.add("blueshift", VERA, profiles=5)
    ticket = ready("blueshift", VERA, verify_after="1h")
    work(clock)
    Erasure.objects.update(gathered=b"sealed", unasked=["1"])

    move_erasure(erasure_of(ticket, "blueshift"), "verified_absent", expected="accepted", closed_at=clock())

    erasure = erasure_of(ticket, "blueshift")
    assert (erasure.gathered, erasure.unasked) == (None, [])


def respell(ticket) -> None:
    """Let the snapshots name the records as Bento does elsewhere: as 32 digits, without dashes."""
    for snapshot in AuditSnapshot.objects.filter(subject=erasure_of(ticket).subject):
        snapshot.vendor_uuids = [uuid.replace("-", "").upper() for uuid in snapshot.vendor_uuids]
        snapshot.save(update_fields=["vendor_uuids"])


def test_whoever_is_found_under_another_spelling_of_the_id_is_still_present(ready, sandbox, clock):
    ticket = ready("bento", STICKY, verify_after="1h,6h")
    respell(ticket)
    work(clock)

    after(clock, hours=1)
    after(clock, hours=5)

    erasure = erasure_of(ticket)
    assert (erasure.status, erasure.after.profiles) == ("still_present", 1)
    assert "erasure.reappeared" not in actions(ticket)


def test_another_spelling_of_an_id_is_no_change_since_approval(ready, sandbox, clock):
    ticket = ready("bento")
    respell(ticket)

    after(clock, hours=25)

    assert (erasure_of(ticket).status, erasure_of(ticket).attention) == ("accepted", "")


def test_another_spelling_of_an_anonymized_record_is_nobody_new(ready, sandbox, clock):
    ticket = ready("bento", verify_after="1h,6h")
    work(clock)
    respell(ticket)

    after(clock, hours=1)

    assert erasure_standing(erasure_of(ticket), ticket_closed=True).word == "verified absent"


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_usable_look_an_accepted_erasure_ends_unverified(ready, sandbox, clock, vendor):
    ticket = ready(vendor, verify_after="1h,6h", tries=2)
    work(clock)
    sandbox.fault(method="GET", times=0, status=500)

    for _ in range(8):
        after(clock, hours=6)

    ticket.refresh_from_db()
    erasure = erasure_of(ticket, vendor)
    assert (erasure.status, erasure.attention, erasure.verified_at) == ("accepted", "", None)
    assert erasure.closed_at is not None
    assert (ticket.status, ticket.resolution) == ("completed", "accepted_unverified")


@pytest.mark.parametrize("vendor", VENDORS)
def test_without_a_usable_look_an_unknown_outcome_is_left_to_staff(ready, sandbox, clock, vendor):
    ticket = ready(vendor, verify_after="1h,6h", tries=2)
    sandbox.fault(path="delet", wire="reset", effect=True)
    work(clock)
    sandbox.fault(method="GET", times=0, status=500)

    for _ in range(8):
        after(clock, hours=6)

    erasure = erasure_of(ticket, vendor)
    assert (erasure.status, erasure.attention, erasure.closed_at) == ("outcome_unknown", "unsettled", None)
    assert len(sandbox.deletions()) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_unknown_outcome_is_sent_again_once_a_look_has_found_the_person(ready, sandbox, clock, vendor):
    ticket = ready(vendor, verify_after="1h,6h")
    sandbox.fault(path="delet", wire="reset")
    work(clock)

    after(clock, hours=1)

    assert (erasure_of(ticket, vendor).status, erasure_of(ticket, vendor).tries) == ("accepted", 2)

    after(clock, hours=1)

    assert erasure_of(ticket, vendor).status == "verified_absent"
    assert len(sandbox.deletions()) == 2


@pytest.mark.parametrize("vendor", VENDORS)
def test_somebody_new_under_the_address_is_a_reappearance(ready, sandbox, clock, vendor):
    ticket = ready(vendor, verify_after="1h,6h")
    work(clock)
    sandbox.recreate(vendor, ADA)

    after(clock, hours=1)

    assert erasure_of(ticket, vendor).status == "verified_absent"
    assert actions(ticket)[-2:] == ["snapshot.sealed", "erasure.reappeared"]
    assert len(sandbox.deletions()) == 1


def test_an_anonymized_record_that_remains_is_verified(ready, sandbox, clock):
    ticket = ready("bento", verify_after="1h,6h")
    work(clock)
    [uuid] = erasure_of(ticket).before.vendor_uuids

    after(clock, hours=1)

    assert [person["uuid"] for person in sandbox.people()["bento"] if person["uuid"] == uuid] == [uuid]
    assert (erasure_of(ticket).status, erasure_of(ticket).after.vendor_uuids) == ("verified_absent", [uuid])


def test_a_record_that_kept_personal_fields_is_still_there(ready, sandbox, clock):
    ticket = ready("bento", verify_after="1h,6h")
    work(clock)
    [uuid] = erasure_of(ticket).before.vendor_uuids
    sandbox.change(uuid, email="somebody.else@example.com", fields={"first_name": "Ada"})

    after(clock, hours=1)

    assert (erasure_of(ticket).status, erasure_of(ticket).window) == ("accepted", 1)


def test_a_record_that_blueshift_forgot_is_verified(ready, sandbox, clock):
    ticket = ready("blueshift", verify_after="1h,6h", mode="forget")
    work(clock)

    after(clock, hours=1)

    assert [request["action"] for request in sandbox.journal()] == ["search", "forget", "search"]
    assert erasure_of(ticket, "blueshift").status == "verified_absent"


def test_whoever_was_never_held_is_not_called_erased(ready, sandbox, clock):
    ticket = ready("blueshift", NOBODY, verify_after="1h,6h")
    work(clock)

    after(clock, hours=1)

    ticket.refresh_from_db()
    assert erasure_of(ticket, "blueshift").status == "not_found"
    assert (ticket.status, ticket.resolution) == ("completed", "not_found")


def test_a_spelling_found_in_lower_case_is_sent_in_lower_case(ready, sandbox, clock):
    ready("bento", "Ada@Example.com")

    work(clock)

    [deletion] = sandbox.deletions()
    assert deletion["identifiers"] == ["ada@example.com"]
    assert deletion["effect"]


def test_a_spelling_with_capitals_that_is_found_is_sent_as_typed(ready, sandbox, clock):
    ready("bento", "Grace.Hopper@example.com")

    work(clock)

    [deletion] = sandbox.deletions()
    assert deletion["identifiers"] == ["Grace.Hopper@example.com"]
    assert deletion["effect"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_plus_in_an_address_arrives(ready, sandbox, clock, vendor):
    ticket = ready(vendor, "linus+news@example.com", verify_after="1h,6h")
    work(clock)

    after(clock, hours=1)

    assert sandbox.deletions()[0]["identifiers"] == ["linus+news@example.com"]
    assert erasure_of(ticket, vendor).status == "verified_absent"


def test_all_profiles_of_an_address_go_in_one_request(ready, sandbox, clock):
    sandbox.add("blueshift", VERA, profiles=3)
    ticket = ready("blueshift", VERA, verify_after="1h,6h")
    work(clock)

    after(clock, hours=1)

    assert Erasure.objects.get().before.profiles == 3
    assert erasure_of(ticket, "blueshift").status == "verified_absent"
    assert len(sandbox.deletions()) == 1


def test_a_blueshift_record_that_changed_its_address_is_still_there(sandbox, clock, alice, bob):
    accounts(sandbox, "blueshift", verify_after="1h,2h")
    [uuid] = sandbox.add("blueshift", "mover@example.com", customer_ids=["MV"], sticky=True)
    ticket = open_one("mover@example.com", opened_by=alice)
    work(clock)
    approve_one(ticket, approved_by=bob)
    work(clock)
    sandbox.change(uuid, email="moved@example.com")

    for _ in range(2):
        clock.advance(hours=1)
        work(clock)

    assert erasure_of(ticket, "blueshift").status == "still_present"
