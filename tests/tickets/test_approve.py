from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, transaction

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.suppression.selectors import blocks
from apps.tickets.models import DeletionTicket
from apps.tickets.selectors.due import in_turn, looks, sends
from apps.tickets.selectors.seen import mark_of, marks_of
from apps.tickets.services import doors
from apps.tickets.services.approving import approve, expire_approvals
from apps.tickets.services.deciding import cancel, verify_identity
from apps.tickets.services.handling import exempt
from apps.vendors.models import VendorAccount
from tests.constants import NOW

from .desk import actions, approved_by, only, opened_by, sync

CHANGED = "was looked at again, or a choice was made, since this page was shown: read it once more, then approve"


def test_a_second_person_approves_and_the_address_is_blocked_at_once(alice, bob):
    sync()
    ticket = opened_by(alice)

    refusals = approved_by(bob, ticket)

    ticket.refresh_from_db()
    assert refusals == []
    assert (ticket.status, ticket.approved_by, ticket.sources_paused) == ("approved", bob, "paused")
    assert [block.list_name for block in blocks("email", "ANN@example.org", NOW)] == ["erased"]
    assert actions(ticket.reference) == ["ticket.opened", "suppression.added", "ticket.approved"]


def test_it_happens_once(alice, bob):
    sync()
    ticket = opened_by(alice)
    approved_by(bob, ticket)

    refusals = approved_by(bob, ticket)

    assert [refusal.reason for refusal in refusals] == ["already approved by bob"]


def test_it_needs_a_second_person(bob):
    sync()
    ticket = opened_by(bob)

    refusals = approved_by(bob, ticket)

    ticket.refresh_from_db()
    assert "a second person" in refusals[0].reason
    assert ticket.status == "pending_approval"
    assert blocks("email", "ann@example.org", NOW) == []


def test_whoever_verified_the_identity_cannot_approve(alice, bob):
    sync()
    ticket = opened_by(alice, basis="asked")
    verify_identity(only(ticket), basis="document", by=Actor.page(bob), at=NOW)

    refusals = approved_by(bob, ticket)

    assert "identity verified by you" in refusals[0].reason


def test_superusers_are_no_exception(db):
    sync()
    root = User.objects.create_superuser("root", password="correct horse battery")
    ticket = opened_by(root)

    refusals = approved_by(root, ticket)

    assert "a second person" in refusals[0].reason


@pytest.mark.parametrize("column", ["opened_by", "identity_verified_by"])
def test_the_database_holds_the_same_rule(alice, bob, column):
    sync()
    ticket = opened_by(alice)
    other = User.objects.create_user("dora")
    DeletionTicket.objects.filter(pk=ticket.pk).update(opened_by=other, identity_verified_by=other)

    with pytest.raises(IntegrityError), transaction.atomic():
        DeletionTicket.objects.filter(pk=ticket.pk).update(**{column: bob}, approved_by=bob)


def test_support_may_not_approve(alice):
    sync()
    ticket = opened_by(alice)

    with pytest.raises(NotAllowed, match="alice may not approve"):
        approved_by(alice, ticket)


def test_of_many_the_good_ones_are_approved_and_the_rest_is_named(alice, bob):
    sync()
    fine, own, waiting = (
        opened_by(alice),
        opened_by(bob, email="b@example.org"),
        opened_by(alice, email="c@example.org", basis="asked"),
    )

    refusals = approve(DeletionTicket.objects.all(), sources_paused="none", by=Actor.page(bob), at=NOW)

    assert [refusal.reference for refusal in refusals] == [own.reference, waiting.reference]
    assert list(DeletionTicket.objects.filter(status="approved")) == [fine]


def test_cooling_off_keeps_everything_at_home(alice, bob, settings):
    sync()
    settings.COOLING_OFF = timedelta(hours=2)
    ticket = opened_by(alice)

    approved_by(bob, ticket)

    assert set(ticket.erasures.values_list("not_before", flat=True)) == {NOW + timedelta(hours=2)}


def test_cancelling_before_any_send_withdraws_the_block(alice, bob):
    sync()
    ticket = opened_by(alice)
    approved_by(bob, ticket)

    cancel(only(ticket), text="changed her mind", by=Actor.page(alice), at=NOW)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolution) == ("cancelled", "withdrawn")
    assert blocks("email", "ann@example.org", NOW) == []


def test_the_gate_asks_for_a_snapshot_first(alice, bob, settings):
    sync()
    settings.SNAPSHOT_GATE = "approval"
    ticket = opened_by(alice)

    refusals = approved_by(bob, ticket)

    assert "no snapshot" in refusals[0].reason


def test_a_ticket_whose_erasures_are_all_exempt_is_done_with_its_approval(alice, bob):
    sync("bento")
    ticket = opened_by(alice)
    erasure = ticket.erasures.select_related("ticket__key", "account").get()
    exempt(erasure, text="Tax law, ten years.", by=Actor.page(bob), at=NOW)

    approved_by(bob, ticket)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolution) == ("completed", "exempt")


def test_a_click_binds_to_what_was_shown(alice, bob):
    sync("bento")
    ticket = opened_by(alice)
    seen = marks_of(only(ticket))
    ticket.erasures.update(waiver="waived")

    refusals = approve(only(ticket), sources_paused="paused", seen=seen, by=Actor.page(bob), at=NOW)

    assert [str(refusal) for refusal in refusals] == [f"{ticket.reference}: {CHANGED}"]
    assert approve(only(ticket), sources_paused="paused", seen=marks_of(only(ticket)), by=Actor.page(bob), at=NOW) == []


@pytest.mark.parametrize("changes", [{"waiver": "waived"}, {"choice": "all"}, {"chosen_uuids": ["1"]}])
def test_a_look_a_waiver_and_a_choice_change_the_mark(alice, bob, changes):
    sync("bento")
    ticket = opened_by(alice)
    seen = marks_of(only(ticket))

    ticket.erasures.update(**changes, chosen_by=bob if "choice" in changes else None)

    assert marks_of(only(ticket)) != seen
    assert mark_of(ticket.erasures.all()) == marks_of(only(ticket))[ticket.pk]


def test_what_changes_between_two_chunks_is_left_as_it_is_and_nothing_else(alice, bob, monkeypatch):
    sync("bento")
    tickets = [opened_by(alice, email=f"p{number}@example.org") for number in range(3)]
    seen = marks_of(only(*tickets))

    def in_chunks(chosen):
        yield only(tickets[0])
        tickets[2].erasures.update(waiver="waived")
        yield only(*tickets[1:])

    monkeypatch.setattr(doors, "in_chunks", in_chunks)
    refusals = approve(only(*tickets), sources_paused="paused", seen=seen, by=Actor.page(bob), at=NOW)

    assert [str(refusal) for refusal in refusals] == [f"{tickets[2].reference}: {CHANGED}"]
    assert only(*tickets[:2]).filter(status="approved").count() == 2


def test_a_ticket_that_was_not_shown_is_not_approved(alice, bob):
    sync("bento")
    shown, other = opened_by(alice), opened_by(alice, email="bea@example.org")
    seen = marks_of(only(shown))

    refusals = approve(only(shown, other), sources_paused="paused", seen=seen, by=Actor.page(bob), at=NOW)

    assert [refusal.reference for refusal in refusals] == [other.reference]


def test_cooling_off_binds_the_send_whatever_is_clicked(alice, bob, settings):
    sync("bento")
    settings.COOLING_OFF = timedelta(hours=2)
    ticket = opened_by(alice)
    approved_by(bob, ticket)
    account = VendorAccount.objects.get()
    snapshotless = ticket.erasures.all()
    snapshotless.update(waiver="waived", not_before=NOW)

    assert not in_turn(sends(account, at=NOW), at=NOW).exists()
    assert in_turn(sends(account, at=NOW + timedelta(hours=2)), at=NOW + timedelta(hours=2)).exists()


def test_what_was_approved_does_not_wait_behind_first_looks_of_others(alice, bob):
    sync("bento")
    opened_by(alice, email="early@example.org", received_at=NOW - timedelta(days=20))
    ticket = opened_by(alice)
    approved_by(bob, ticket)

    first = in_turn(looks(VendorAccount.objects.get(), at=NOW), at=NOW).first()

    assert first.ticket == ticket


def test_an_approver_keeps_somebody_off_the_list_with_a_reason(alice, bob):
    sync()
    ticket = opened_by(alice)

    approve(only(ticket), sources_paused="paused", not_suppressed="stays", by=Actor.page(bob), at=NOW)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.not_suppressed) == ("approved", "stays")
    assert blocks("email", "ann@example.org", NOW) == []
    assert actions(ticket.reference) == ["ticket.opened", "ticket.approved"]
    assert AuditEvent.objects.get(action="ticket.approved").entry["facts"]["not_suppressed"] == "stays"


def test_no_reason_of_that_name_approves_nothing(alice, bob):
    sync()
    ticket = opened_by(alice)

    with pytest.raises(ValueError, match="mood"):
        approve(only(ticket), sources_paused="paused", not_suppressed="mood", by=Actor.page(bob), at=NOW)

    ticket.refresh_from_db()
    assert ticket.status == "pending_approval"


def test_an_approval_that_ran_out_forgets_that_the_list_was_declined(alice, bob):
    sync()
    ticket = opened_by(alice)
    approve(only(ticket), sources_paused="paused", not_suppressed="made_up", by=Actor.page(bob), at=NOW)

    expire_approvals(by=Actor.worker(), at=NOW + timedelta(days=400))
    approved_by(bob, ticket)

    ticket.refresh_from_db()
    assert ticket.not_suppressed == ""
    assert blocks("email", "ann@example.org", NOW)


def test_the_command_keeps_them_off_the_list_too(alice, bob):
    sync()
    ticket = opened_by(alice)

    call_command("approve_tickets", ticket.reference, "--as=bob", "--not-suppressed=held_elsewhere")

    ticket.refresh_from_db()
    assert (ticket.status, ticket.not_suppressed) == ("approved", "held_elsewhere")
