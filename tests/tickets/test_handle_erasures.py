import pytest
from django.db import IntegrityError, transaction

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.arrivals import MAY_HAVE_ARRIVED, may_have_arrived
from apps.tickets.errors import TicketError
from apps.tickets.models import Attempt, DeletionTicket, Erasure
from apps.tickets.requests import Request
from apps.tickets.selectors.identifiers import identifiers_of
from apps.tickets.selectors.reasons import read_reasons
from apps.tickets.services import deciding, handling
from apps.vendors.clients.errors import Outcome
from tests.constants import NOW

from .desk import actions, approved_by, only, opened_by, sync

WITHOUT_EFFECT = {"busy", "unreached", "tls_failed", "key_refused", "rejected"}
REJECTED = {"status": "rejected", "attention": "rejected", "not_before": None}


@pytest.fixture
def erasure(alice, bob) -> Erasure:
    """One approved erasure at Bento."""
    sync("bento")
    ticket = opened_by(alice)
    approved_by(bob, ticket)
    return _reload(ticket.erasures.get())


def test_a_rejected_erasure_closes_as_not_erased_with_a_reason(erasure, bob):
    erasure = _put(erasure, **REJECTED)

    handling.close(erasure, text="Bento cannot take it.", by=Actor.page(bob), at=NOW)

    erasure = _reload(erasure)
    assert (erasure.status, erasure.attention, erasure.closed_by) == ("rejected", "", bob)
    assert [given.text for given in read_reasons(erasure.reasons.all(), erasure.ticket.key)] == [
        "Bento cannot take it."
    ]
    assert (erasure.ticket.status, erasure.ticket.resolution) == ("completed", "not_erased")
    assert actions(erasure.ticket.reference)[-2:] == ["erasure.closed", "ticket.completed"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"status": "queued", "attention": "no_snapshot"}, "stopped"),
        ({"status": "retry_wait", "attention": "out_of_tries"}, "stopped"),
        ({"status": "outcome_unknown", "attention": "unsettled"}, "outcome_unknown"),
        ({"status": "still_present"}, "still_present"),
    ],
)
def test_how_a_stuck_erasure_ends_depends_on_how_it_stands(erasure, bob, before, after):
    handling.close(_put(erasure, **before), text="enough", by=Actor.page(bob), at=NOW)

    assert _reload(erasure).status == after


@pytest.mark.parametrize("outcome", ["", *Outcome])
def test_how_an_erasure_out_of_tries_ends_depends_on_what_may_have_arrived(erasure, bob, outcome):
    _attempt(erasure, outcome)

    stuck = _put(erasure, status="retry_wait", attention="out_of_tries", tries=6)
    handling.close(stuck, text="enough", by=Actor.page(bob), at=NOW)

    assert _reload(erasure).status == ("stopped" if outcome in WITHOUT_EFFECT else "outcome_unknown")


def test_support_may_not_close(erasure, alice):
    with pytest.raises(NotAllowed):
        handling.close(_put(erasure, **REJECTED), text="enough", by=Actor.page(alice), at=NOW)


def test_nothing_is_closed_while_its_request_is_on_the_way(erasure, bob):
    erasure = _put(erasure, status="sending", leased_until=NOW)

    with pytest.raises(TicketError, match="on its way"):
        handling.close(erasure, text="enough", by=Actor.page(bob), at=NOW)


def test_an_exemption_has_a_ground(erasure, bob):
    with pytest.raises(TicketError, match="Write a reason"):
        handling.exempt(erasure, text="", by=Actor.page(bob), at=NOW)

    handling.exempt(erasure, text="Tax law, ten years.", by=Actor.page(bob), at=NOW)

    assert _reload(erasure).ticket.resolution == "exempt"


def test_erased_by_hand_needs_evidence_and_a_second_person(erasure, alice, bob):
    erasure = _put(erasure, **REJECTED)

    handling.record_by_hand(erasure, evidence="Deleted in the dashboard.", by=Actor.page(alice), at=NOW)
    erasure = _reload(erasure)
    assert (erasure.status, erasure.attention) == ("rejected", "awaits_second_person")
    handling.confirm_by_hand(erasure, by=Actor.page(bob), at=NOW)

    erasure = _reload(erasure)
    assert (erasure.status, erasure.manual_by, erasure.closed_by) == ("manual", alice, bob)
    assert erasure.ticket.resolution == "erased_by_hand"


def test_nobody_confirms_their_own_evidence(erasure, bob):
    handling.record_by_hand(_put(erasure, **REJECTED), evidence="I did it.", by=Actor.page(bob), at=NOW)

    with pytest.raises(TicketError, match="second person"):
        handling.confirm_by_hand(_reload(erasure), by=Actor.page(bob), at=NOW)
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        Erasure.objects.filter(pk=erasure.pk).update(status="manual", closed_at=NOW, closed_by=bob)


def test_a_retry_counts_its_tries_anew_and_looks_first(erasure, alice):
    erasure = _put(erasure, status="retry_wait", attention="out_of_tries", tries=6, not_before=None)

    handling.retry(erasure, by=Actor.page(alice), at=NOW)

    erasure = _reload(erasure)
    assert (erasure.status, erasure.attention, erasure.tries, erasure.doubt) == ("retry_wait", "", 0, "unclear")
    assert erasure.not_before == NOW


def test_resending_after_an_unknown_outcome_takes_an_approver(erasure, alice, bob):
    erasure = _put(erasure, status="outcome_unknown", attention="unsettled", not_before=None)

    with pytest.raises(NotAllowed):
        handling.retry(erasure, by=Actor.page(alice), at=NOW)
    handling.retry(erasure, by=Actor.page(bob), at=NOW)

    assert _reload(erasure).status == "retry_wait"


@pytest.mark.parametrize("attention", ["no_snapshot", "crashed_twice"])
def test_a_first_look_that_failed_is_asked_for_again(erasure, alice, attention):
    erasure = _put(erasure, attention=attention, crashes=2, look_tries=6, not_before=None)

    handling.retry(erasure, by=Actor.page(alice), at=NOW)

    erasure = _reload(erasure)
    assert (erasure.status, erasure.attention, erasure.crashes, erasure.look_tries) == ("queued", "", 0, 0)
    assert erasure.not_before == NOW


def test_a_rejected_erasure_is_not_tried_again_unchanged(erasure, bob):
    with pytest.raises(TicketError, match="without a final answer"):
        handling.retry(_put(erasure, **REJECTED), by=Actor.page(bob), at=NOW)


def test_a_page_that_is_out_of_date_changes_nothing(erasure, bob):
    stale = _put(erasure, status="retry_wait")
    _put(erasure, status="outcome_unknown", fence=stale.fence + 1)

    with pytest.raises(TicketError, match="Load the page again"):
        handling.retry(stale, by=Actor.page(bob), at=NOW)


def test_stopping_the_rest_leaves_what_may_have_arrived(alice, bob):
    sync()
    ticket = opened_by(alice)
    approved_by(bob, ticket)
    DeletionTicket.objects.filter(pk=ticket.pk).update(status="in_progress")
    sent, unsent = ticket.erasures.order_by("account__name")
    _put(sent, status="outcome_unknown", doubt="unclear")

    refusals = handling.stop_rest(only(ticket), text="wrong person", by=Actor.page(alice), at=NOW)

    assert refusals == []
    assert [_reload(row).status for row in (sent, unsent)] == ["outcome_unknown", "stopped"]


def test_a_snapshot_is_waived_by_an_approver_with_a_reason(erasure, alice, bob):
    erasure = _put(erasure, attention="no_snapshot")

    with pytest.raises(NotAllowed):
        handling.waive_snapshot(erasure, text="vendor is down", by=Actor.page(alice), at=NOW)
    handling.waive_snapshot(erasure, text="vendor is down", by=Actor.page(bob), at=NOW)

    assert (_reload(erasure).waiver, _reload(erasure).attention) == ("waived", "")


def test_an_auditor_asks_no_vendor_for_a_look(erasure, carol):
    with pytest.raises(NotAllowed):
        handling.look_now(erasure.ticket, by=Actor.page(carol), at=NOW)


def test_correct_and_reopen_links_a_ticket_that_closes_the_old_one_once_approved(erasure, alice, bob):
    old = _put(erasure, **REJECTED).ticket
    request = Request(
        identifiers={"email": "anne@example.org"}, identity_basis="elsewhere", received_at=old.received_at
    )

    new = handling.reopen(old, request, by=Actor.page(alice), at=NOW)
    assert _reload(erasure).attention == "corrected"
    approved_by(bob, new)

    old.refresh_from_db()
    assert (new.predecessor, new.due_at, identifiers_of(new)) == (old, old.due_at, {"email": "anne@example.org"})
    assert (old.status, old.resolution) == ("completed", "not_erased")


def test_the_identifier_that_was_refused_is_not_sent_again_unchanged(erasure, alice):
    old = _put(erasure, **REJECTED).ticket

    with pytest.raises(TicketError, match="exactly this identifier"):
        handling.reopen(old, Request(identifiers=identifiers_of(old)), by=Actor.page(alice), at=NOW)


def test_an_assumed_receipt_stays_an_assumption(erasure, alice):
    old = _put(erasure, **REJECTED).ticket
    request = Request(identifiers={"email": "anne@example.org"}, received_at=old.received_at)

    new = handling.reopen(old, request, by=Actor.page(alice), at=NOW)

    new.refresh_from_db()
    assert (old.received_assumed, new.received_assumed) == (True, True)


def test_an_open_ticket_without_a_rejection_is_not_opened_anew(erasure, alice):
    request = Request(identifiers={"email": "anne@example.org"})

    with pytest.raises(TicketError, match="can be opened anew"):
        handling.reopen(erasure.ticket, request, by=Actor.page(alice), at=NOW)


def _put(erasure: Erasure, **changes) -> Erasure:
    """Set an erasure where a vendor's answer would have left it."""
    Erasure.objects.filter(pk=erasure.pk).update(**changes)
    return _reload(erasure)


def _attempt(erasure: Erasure, outcome: str) -> None:
    Attempt.objects.create(erasure=erasure, number=1, fence=1, started_at=NOW, answered_at=NOW, outcome=outcome)


def _reload(erasure: Erasure) -> Erasure:
    return Erasure.objects.select_related("ticket__key", "account").get(pk=erasure.pk)


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (handling.retry, {"status": "retry_wait", "attention": "changed_since_approval"}),
        (handling.retry, {"status": "rejected", "attention": "awaits_second_person"}),
        (handling.retry, {"status": "retry_wait", "attention": "approval_expired"}),
        (handling.retry, {"status": "sending", "leased_until": NOW}),
    ],
)
def test_a_retry_answers_only_what_waits_for_one(erasure, bob, act, state):
    with pytest.raises(TicketError):
        act(_put(erasure, **state), by=Actor.page(bob), at=NOW)


@pytest.mark.parametrize("outcome", ["", "accepted", "maybe_arrived"])
def test_an_exemption_does_not_cover_up_what_may_have_arrived(erasure, bob, outcome):
    _attempt(erasure, outcome)

    with pytest.raises(TicketError, match="may have arrived"):
        handling.exempt(_put(erasure, status="retry_wait"), text="Tax law.", by=Actor.page(bob), at=NOW)


@pytest.mark.parametrize("outcome", ["", *Outcome])
def test_a_query_and_a_row_agree_on_what_may_have_arrived(erasure, outcome):
    _attempt(erasure, outcome)

    assert Erasure.objects.filter(MAY_HAVE_ARRIVED).exists() == may_have_arrived(_reload(erasure))


def test_a_row_that_was_loaded_before_a_send_closes_nothing(erasure, bob):
    stale = _put(erasure, status="retry_wait", attention="out_of_tries")
    _put(erasure, status="accepted", attention="", fence=stale.fence + 1)

    with pytest.raises(TicketError, match="Load the page again"):
        handling.close(stale, text="enough", by=Actor.page(bob), at=NOW)

    assert _reload(erasure).status == "accepted"


def test_whoever_opened_the_ticket_does_not_confirm_a_larger_snapshot(erasure, alice, bob):
    DeletionTicket.objects.filter(pk=erasure.ticket_id).update(
        approved_by=alice, opened_by=bob, identity_verified_by=bob
    )
    erasure = _put(erasure, attention="changed_since_approval")

    with pytest.raises(TicketError, match="opened by you"):
        handling.confirm_snapshot(erasure, by=Actor.page(bob), at=NOW)


def test_an_act_takes_the_erasure_from_a_worker_that_is_looking(erasure, bob):
    erasure = _put(erasure, attention="no_snapshot", lease_owner="w", leased_until=NOW)

    handling.waive_snapshot(erasure, text="vendor is down", by=Actor.page(bob), at=NOW)

    after = _reload(erasure)
    assert (after.lease_owner, after.leased_until, after.fence) == ("", None, erasure.fence + 1)


def test_every_reason_stays(erasure, alice, bob):
    erasure = _put(erasure, **REJECTED)
    handling.record_by_hand(erasure, evidence="Deleted in the dashboard.", by=Actor.page(alice), at=NOW)

    handling.close(_reload(erasure), text="The evidence is not good enough.", by=Actor.page(bob), at=NOW)

    texts = {given.text for given in read_reasons(erasure.reasons.all(), erasure.ticket.key)}
    assert texts == {"Deleted in the dashboard.", "The evidence is not good enough."}


def test_a_closed_ticket_keeps_what_was_found(erasure, alice, bob):
    deciding.cancel(only(erasure.ticket), text="typo", by=Actor.page(alice), at=NOW)

    with pytest.raises(TicketError, match="closed"):
        handling.look_now(erasure.ticket, by=Actor.page(alice), at=NOW)
