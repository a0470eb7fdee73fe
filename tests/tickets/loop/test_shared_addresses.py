"""An address is nobody's alone at Blueshift: profiles with different customer ids may be different people."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from apps.audit.actors import Actor
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure, Reappearance
from apps.tickets.records import records_of
from apps.tickets.selectors.due import sends
from apps.tickets.selectors.profiles import chosen
from apps.tickets.services import handling
from apps.tickets.services.approving import approve, renew_approval
from apps.tickets.services.choosing import choose_profiles
from apps.tickets.services.claiming import claim, worker_for
from apps.tickets.sharing import spared
from tests.constants import NOW
from tests.tickets.builders import ADA, accounts, actions, approve_one, erasure_of, open_one, work

MARGARET = "margaret@example.com"  # three profiles: 2001, 2002 and one without a customer id
REFUSAL = "has profiles of different customers under one address: choose on its page whose are erased"


def at_blueshift() -> Erasure:
    return erasure_of(DeletionTicket.objects.get(), "blueshift")


def uuids(sandbox, *customer_ids: str | None) -> list[str]:
    people = sandbox.people(MARGARET)["blueshift"]
    return [person["uuid"] for person in people if person["customer_id"] in customer_ids]


def left(sandbox) -> list[str | None]:
    return [person["customer_id"] for person in sandbox.people(MARGARET)["blueshift"]]


def asked_for(sandbox) -> list[dict]:
    """The bodies of the deletions, as the vendor read them."""
    return [entry["identifiers"] for entry in sandbox.deletions(vendor="blueshift")]


@pytest.fixture
def margaret(sandbox, clock, alice) -> DeletionTicket:
    accounts(sandbox, "blueshift", verify_after="1h,6h")
    ticket = open_one(MARGARET, opened_by=alice)
    work(clock)
    return ticket


@pytest.fixture
def choose(bob, clock):
    """Let bob choose; by default what he read is what was found last."""

    def act(choice: str, *ticked: str, text: str = "", by=None, snapshot: int = 0) -> None:
        erasure = at_blueshift()
        choose_profiles(
            erasure,
            choice=choice,
            uuids=ticked,
            text=text,
            snapshot=snapshot or erasure.before_id,
            by=Actor.page(by or bob),
            at=clock(),
        )

    return act


def approval(ticket, bob, clock) -> list[str]:
    tickets = DeletionTicket.objects.filter(pk=ticket.pk)
    refusals = approve(tickets, sources_paused="paused", by=Actor.page(bob), at=clock())
    return [refusal.reason for refusal in refusals]


def test_nothing_is_approved_and_nothing_leaves_while_the_choice_is_open(margaret, sandbox, clock, bob):
    assert approval(margaret, bob, clock) == [REFUSAL]

    work(clock)

    assert sandbox.deletions() == []
    assert "2 different customer ids" in chosen(at_blueshift())


def test_an_approval_given_before_the_look_does_not_let_a_deletion_out(sandbox, clock, alice, bob, choose):
    accounts(sandbox, "blueshift", verify_after="1h,6h")
    ticket = approve_one(open_one(MARGARET, opened_by=alice), approved_by=bob)

    work(clock)

    assert (at_blueshift().status, at_blueshift().attention) == ("queued", "changed_since_approval")
    assert sandbox.deletions() == []
    with pytest.raises(TicketError, match="choose first whose are erased"):
        handling.confirm_snapshot(at_blueshift(), by=Actor.page(bob), at=clock())

    choose("all", text="They named both numbers.")
    work(clock)

    assert (at_blueshift().status, at_blueshift().attention) == ("accepted", "")
    assert "erasure.profiles_chosen" in actions(ticket)


def test_an_open_choice_holds_back_what_is_otherwise_in_order(margaret, clock, bob):
    approved = {"approved_by": bob, "approved_at": clock(), "approval_expires_at": clock() + timedelta(days=30)}
    DeletionTicket.objects.filter(pk=margaret.pk).update(status="approved", **approved)
    account = at_blueshift().account
    assert not sends(account, at=clock()).exists()

    Erasure.objects.filter(pk=at_blueshift().pk).update(choice="all", chosen_by=bob)

    assert sends(account, at=clock()).exists()


def test_a_choice_after_the_approval_still_cools_off(sandbox, clock, alice, bob, choose, settings):
    settings.COOLING_OFF = timedelta(hours=2)
    accounts(sandbox, "blueshift", verify_after="1h,6h")
    ticket = approve_one(open_one(MARGARET, opened_by=alice), approved_by=bob)
    handling.look_now(ticket, by=Actor.page(alice), at=clock())
    work(clock)

    choose("all", text="They named both numbers.")

    assert at_blueshift().not_before == ticket.leaves_at == clock() + timedelta(hours=2)


def test_a_renewed_approval_shows_what_lies_there_now(margaret, clock, alice, bob, choose):
    choose("all", text="They named both numbers.")
    ticket = approve_one(margaret, approved_by=bob, at=clock())
    Erasure.objects.update(attention="approval_expired", shown_at_approval=None)

    renew_approval(ticket, by=Actor.page(bob), at=clock())

    assert at_blueshift().shown_at_approval_id == at_blueshift().before_id


def test_all_of_them_go_with_one_request_and_a_sealed_reason(margaret, sandbox, clock, bob, choose):
    choose("all", text="They named both numbers.")
    assert approval(margaret, bob, clock) == []
    work(clock)

    clock.advance(hours=1)
    work(clock)

    assert at_blueshift().status == "verified_absent"
    assert (asked_for(sandbox), left(sandbox)) == ([[MARGARET]], [])
    assert at_blueshift().reasons.get().action == "erasure.profiles_chosen"


def test_ticked_profiles_go_one_by_one_and_the_others_stay(margaret, sandbox, clock, bob, choose):
    sandbox.add("blueshift", MARGARET, customer_id="2003")
    handling.look_now(margaret, by=Actor.page(bob), at=clock())
    work(clock)
    choose("ticked", *uuids(sandbox, "2001", "2003"))
    assert at_blueshift().requests_needed == 2
    assert approval(margaret, bob, clock) == []
    work(clock)

    assert asked_for(sandbox) == [["2001"], ["2003"]]
    assert list(at_blueshift().attempts.order_by("number").values_list("target", flat=True)) == [0, 1]

    clock.advance(hours=1)
    work(clock)

    erasure = at_blueshift()
    assert (erasure.status, erasure.ticket.resolution) == ("verified_absent", "erased_verified")
    assert sorted(left(sandbox), key=str) == ["2002", None]
    assert spared(erasure) == records_of(uuids(sandbox, "2002", None))
    assert not Reappearance.objects.exists()


def test_a_ticked_profile_that_stays_is_still_present(margaret, sandbox, clock, bob, choose):
    [uuid] = uuids(sandbox, "2001")
    sandbox.change(uuid, sticky=True)
    choose("ticked", uuid)
    approval(margaret, bob, clock)
    work(clock)

    for hours in (1, 5):
        clock.advance(hours=hours)
        work(clock)

    assert (at_blueshift().status, at_blueshift().uuids_left) == ("still_present", [uuid])


def test_a_ticked_profile_under_a_new_address_is_found_by_its_uuid(margaret, sandbox, clock, bob, choose):
    [uuid] = uuids(sandbox, "2001")
    sandbox.change(uuid, sticky=True)
    choose("ticked", uuid)
    approval(margaret, bob, clock)
    work(clock)
    sandbox.change(uuid, email="maggie@example.com")

    clock.advance(hours=1)
    work(clock)

    assert (at_blueshift().status, at_blueshift().window) == ("accepted", 1)
    assert sandbox.journal(action="get")[-1]["path"].endswith(uuid)


def test_a_lost_answer_for_one_profile_is_settled_before_the_next_is_asked_for(margaret, sandbox, clock, bob, choose):
    choose("ticked", *uuids(sandbox, "2001", "2002"))
    approval(margaret, bob, clock)
    sandbox.fault(vendor="blueshift", path="delet", wire="reset", effect=True)
    work(clock)
    assert (at_blueshift().status, asked_for(sandbox)) == ("outcome_unknown", [["2001"]])

    for _ in range(2):
        clock.advance(hours=1)
        work(clock)

    assert asked_for(sandbox) == [["2001"], ["2002"]]
    assert at_blueshift().status == "verified_absent"
    assert left(sandbox) == [None]


def test_forgetting_takes_ticked_profiles_one_by_one_too(sandbox, clock, alice, bob, choose):
    accounts(sandbox, "blueshift", verify_after="1h,6h", mode="forget")
    ticket = open_one(MARGARET, opened_by=alice)
    work(clock)
    choose("ticked", *uuids(sandbox, "2002"))
    approval(ticket, bob, clock)
    work(clock)

    clock.advance(hours=1)
    work(clock)

    assert [entry["identifiers"] for entry in sandbox.journal(action="forget")] == [["2002"]]
    assert at_blueshift().status == "verified_absent"


def test_what_cannot_be_singled_out_is_refused(margaret, sandbox, choose):
    with pytest.raises(TicketError, match="without a customer id cannot be singled out"):
        choose("ticked", *uuids(sandbox, "2001", None))
    with pytest.raises(TicketError, match="Tick at least one"):
        choose("ticked")
    with pytest.raises(TicketError, match="Tick at least one"):
        choose("ticked", "somebody-elses-uuid")
    with pytest.raises(TicketError, match="Write a reason"):
        choose("all")


def test_profiles_with_the_same_customer_id_are_ticked_together(margaret, sandbox, clock, bob, choose):
    sandbox.add("blueshift", MARGARET, customer_id="2001")
    handling.look_now(margaret, by=Actor.page(bob), at=clock())
    work(clock)

    with pytest.raises(TicketError, match="cannot be told apart"):
        choose("ticked", uuids(sandbox, "2001")[0])


def test_whoever_opened_the_ticket_does_not_choose(margaret, alice, bob, choose):
    alice.groups.set(bob.groups.all())

    with pytest.raises(TicketError, match="a second person has to approve it"):
        choose("all", text="Mine.", by=User.objects.get(pk=alice.pk))


def test_a_choice_counts_for_what_was_read(margaret, sandbox, clock, bob, choose):
    read = at_blueshift().before_id
    handling.look_now(margaret, by=Actor.page(bob), at=clock())
    work(clock)

    with pytest.raises(TicketError, match="looked at again meanwhile"):
        choose("all", text="They named both numbers.", snapshot=read)


def test_nothing_is_chosen_while_a_look_is_out(margaret, clock, bob, choose):
    handling.look_now(margaret, by=Actor.page(bob), at=clock())
    assert len(claim(worker_for(at_blueshift().account), wanted=1, looks_first=True, at=clock())) == 1

    with pytest.raises(TicketError, match="is being asked right now"):
        choose("all", text="They named both numbers.")

    assert at_blueshift().choice == ""


def test_of_two_who_choose_at_once_the_second_is_refused(margaret, sandbox, clock, bob):
    first, second = at_blueshift(), at_blueshift()
    options = {"snapshot": first.before_id, "by": Actor.page(bob), "at": clock()}
    choose_profiles(first, choice="ticked", uuids=uuids(sandbox, "2001"), text="", **options)

    with pytest.raises(TicketError, match="moved on meanwhile"):
        choose_profiles(second, choice="all", uuids=[], text="They named both numbers.", **options)

    assert at_blueshift().choice == "ticked"


def test_a_choice_is_made_again_where_a_look_finds_another_profile(margaret, sandbox, clock, bob, choose):
    choose("all", text="They named both numbers.")
    approval(margaret, bob, clock)
    sandbox.add("blueshift", MARGARET, customer_id="2003")
    clock.advance(hours=25)

    work(clock)

    assert (at_blueshift().choice, at_blueshift().attention) == ("", "changed_since_approval")
    assert sandbox.deletions() == []


def test_a_choice_outlives_a_look_that_finds_the_same(margaret, sandbox, clock, bob, choose):
    choose("ticked", *uuids(sandbox, "2001"))
    approval(margaret, bob, clock)
    clock.advance(hours=25)

    work(clock)

    assert (at_blueshift().choice, at_blueshift().status) == ("ticked", "accepted")


def test_other_customer_ids_since_approval_stop_the_request(ready, sandbox, clock):
    ready("blueshift", ADA)
    sandbox.add("blueshift", ADA, customer_id="9009")
    clock.advance(hours=25)

    work(clock)

    assert (at_blueshift().status, at_blueshift().attention) == ("queued", "changed_since_approval")
    assert sandbox.deletions() == []


def test_one_customer_id_asks_for_no_choice(ready, sandbox, clock):
    sandbox.add("blueshift", "vera@example.com", customer_ids=["31", None, None])
    ready("blueshift", "vera@example.com")

    work(clock)

    assert at_blueshift().status == "accepted"
    assert at_blueshift().before.owners == 1


def test_nobody_is_approved_by_accident_in_a_bulk(margaret, sandbox, clock, alice, bob):
    other = open_one(ADA, opened_by=alice)
    work(clock)

    refusals = approve(DeletionTicket.objects.all(), sources_paused="paused", by=Actor.page(bob), at=NOW)

    assert [(refusal.reference, refusal.reason) for refusal in refusals] == [(margaret.reference, REFUSAL)]
    other.refresh_from_db()
    assert other.status == "approved"
