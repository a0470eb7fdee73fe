"""Which buttons fit a state and a role: rules without a database."""

import pytest

from apps.audit.models import AuditSnapshot
from apps.console.roles import PERMISSIONS, Role
from apps.tickets.acts import Viewer, erasure_acts, ticket_acts
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from tests.constants import NOW

ALICE, BOB, DORA = 1, 2, 3


def viewer(role: Role, pk: int = DORA) -> Viewer:
    return Viewer(pk, PERMISSIONS[role])


def ticket(status: str, **fields) -> DeletionTicket:
    return DeletionTicket(pk=1, status=status, opened_by_id=ALICE, identity_verified_by_id=ALICE, **fields)


def erasure(status: str = "queued", *, answers: tuple[str, ...] = (), **fields) -> Erasure:
    """Make an erasure as a page loads it: with its attempts."""
    made = Erasure(pk=1, ticket_id=1, status=status, **fields)
    made._prefetched_objects_cache = {"attempts": [Attempt(erasure=made, outcome=answer) for answer in answers]}
    return made


def verbs(status: str, role: Role, *erasures: Erasure, pk: int = DORA, **fields) -> list[str]:
    return [act.verb for act in ticket_acts(ticket(status, **fields), list(erasures), viewer(role, pk))]


def on_card(status: str, role: Role, *, pk: int = DORA, ticket_status: str = "in_progress", **fields) -> list[str]:
    acts = erasure_acts(ticket(ticket_status, approved_by_id=BOB), erasure(status, **fields), viewer(role, pk))
    return [act.verb for act in acts]


@pytest.mark.parametrize(
    ("status", "role", "expected"),
    [
        ("awaiting_identity", Role.SUPPORT, ["verify", "hold", "duplicate", "cancel"]),
        ("awaiting_identity", Role.APPROVER, ["verify", "hold", "duplicate", "cancel", "deny"]),
        ("pending_approval", Role.SUPPORT, ["look", "hold", "duplicate", "cancel"]),
        ("pending_approval", Role.APPROVER, ["approve", "look", "hold", "duplicate", "cancel", "deny"]),
        ("approved", Role.APPROVER, ["look", "hold", "cancel"]),
        ("in_progress", Role.SUPPORT, ["look", "hold", "stop"]),
        ("completed", Role.SUPPORT, ["reopen"]),
        ("denied", Role.APPROVER, ["reopen"]),
        ("cancelled", Role.SUPPORT, ["reopen"]),
        ("duplicate", Role.SUPPORT, ["undo-duplicate"]),
    ],
)
def test_the_buttons_of_a_ticket_fit_its_state_and_the_role(status, role, expected):
    assert verbs(status, role, erasure()) == expected


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR, Role.ADMINISTRATOR])
@pytest.mark.parametrize("status", ["awaiting_identity", "pending_approval", "in_progress", "completed", "duplicate"])
def test_those_who_only_read_get_no_buttons(role, status):
    assert verbs(status, role, erasure()) == []
    assert on_card("rejected", role, attention="rejected") == []


def test_nobody_approves_what_they_opened_or_verified():
    assert "approve" not in verbs("pending_approval", Role.APPROVER, erasure(), pk=ALICE)


def test_a_held_ticket_is_released_by_an_approver_only():
    assert "release" in verbs("in_progress", Role.APPROVER, on_hold=True)
    assert "release" not in verbs("in_progress", Role.SUPPORT, on_hold=True)
    assert "hold" not in verbs("in_progress", Role.SUPPORT, on_hold=True)


def test_only_what_was_not_sent_can_be_stopped():
    assert "stop" not in verbs("in_progress", Role.SUPPORT, erasure("accepted"))
    assert "stop" not in verbs("in_progress", Role.SUPPORT, erasure("retry_wait", doubt="unclear"))


def test_what_nobody_can_look_after_any_more_can_be_stopped_too():
    assert "stop" in verbs("in_progress", Role.SUPPORT, erasure("accepted", attention="account_gone"))
    assert "stop" not in verbs("approved", Role.SUPPORT, erasure(attention="account_gone"))


@pytest.mark.parametrize("attention", ["approval_expired", "approver_gone"])
def test_an_approval_that_ran_out_is_given_again_by_somebody_else(attention):
    waiting = erasure(attention=attention)

    assert "renew" in verbs("in_progress", Role.APPROVER, waiting)
    assert "renew" not in verbs("in_progress", Role.APPROVER, waiting, pk=ALICE)


@pytest.mark.parametrize(
    ("status", "attention", "answer", "support", "approver"),
    [
        ("rejected", "rejected", "rejected", ["correct", "by-hand"], ["correct", "by-hand", "exempt", "close"]),
        ("rejected", "corrected", "rejected", ["by-hand"], ["by-hand", "exempt", "close"]),
        ("retry_wait", "out_of_tries", "tls_failed", ["retry", "by-hand"], ["retry", "by-hand", "exempt", "close"]),
        ("retry_wait", "out_of_tries", "maybe_arrived", ["retry", "by-hand"], ["retry", "by-hand", "close"]),
        ("outcome_unknown", "unsettled", "unknown", ["by-hand"], ["retry", "by-hand", "close"]),
        ("still_present", "still_present", "accepted", ["by-hand"], ["retry", "by-hand", "close"]),
        ("sending", "", "", [], []),
        ("accepted", "", "accepted", [], []),
        ("accepted", "account_gone", "accepted", ["by-hand"], ["by-hand", "close"]),
        ("queued", "account_gone", "rejected", ["by-hand"], ["by-hand", "exempt", "close"]),
    ],
)
def test_the_buttons_of_a_card_fit_what_happened(status, attention, answer, support, approver):
    held = {"attention": attention, "before": AuditSnapshot(pk=1), "answers": (answer,), "not_before": NOW}

    assert on_card(status, Role.SUPPORT, **held) == support
    assert on_card(status, Role.APPROVER, **held) == approver


def test_what_waits_for_nothing_can_be_closed():
    assert on_card("accepted", Role.APPROVER, answers=("accepted",), not_before=None) == ["by-hand", "close"]


def test_a_missing_snapshot_is_looked_for_again_or_waived():
    assert on_card("queued", Role.SUPPORT, attention="no_snapshot") == ["retry", "by-hand"]
    assert "waive" in on_card("queued", Role.APPROVER, attention="no_snapshot")


def test_a_changed_snapshot_is_confirmed_by_an_approver():
    changed = {"attention": "changed_since_approval", "before": AuditSnapshot(pk=1)}

    assert "confirm-snapshot" in on_card("queued", Role.APPROVER, **changed)
    assert "confirm-snapshot" not in on_card("queued", Role.SUPPORT, **changed)


def test_profiles_of_different_customers_are_chosen_by_a_second_person_before_approval():
    found = {"before": AuditSnapshot(pk=1, owners=2), "ticket_status": "pending_approval"}

    assert "choose" in on_card("queued", Role.APPROVER, **found)
    assert "choose" in on_card("queued", Role.APPROVER, choice="all", **found)
    assert "choose" not in on_card("queued", Role.APPROVER, pk=ALICE, **found)
    assert "choose" not in on_card("queued", Role.SUPPORT, **found)


def test_a_choice_that_came_up_after_approval_stands_in_for_confirming():
    found = {"before": AuditSnapshot(pk=1, owners=2), "attention": "changed_since_approval"}

    assert "choose" in on_card("queued", Role.APPROVER, **found)
    assert "confirm-snapshot" not in on_card("queued", Role.APPROVER, **found)
    assert "choose" not in on_card("queued", Role.APPROVER, choice="ticked", **found)


def test_evidence_is_confirmed_by_a_second_person():
    by_hand = {"attention": "awaits_second_person", "manual_by_id": BOB}

    assert "confirm-by-hand" in on_card("rejected", Role.APPROVER, **by_hand)
    assert "confirm-by-hand" not in on_card("rejected", Role.APPROVER, pk=BOB, **by_hand)


def test_a_closed_ticket_has_nothing_left_on_its_cards():
    assert on_card("rejected", Role.APPROVER, attention="rejected", ticket_status="completed") == []
