"""404 is the answer that most easily lies: what each vendor's means, and when only a look can tell."""

import pytest

from apps.tickets.selectors.pages import load_ticket, ticket_page
from tests.tickets.builders import ADA, NOBODY, erasure_of, work

from .conftest import Seen, seen

BENTO_WORDS = "No such visitor on this site."
BLUESHIFT_WORDS = "No such customer in this account."
MISROUTED = Seen("retry_wait", "Check the address of this account.", doubt="unclear", misrouted=1)


def test_bento_does_not_know_somebody_whom_no_look_had_found(ready, sandbox, clock):
    ticket = ready("bento", NOBODY)

    work(clock)

    ticket.refresh_from_db()
    assert seen(ticket, "bento") == Seen("not_found", BENTO_WORDS, ticket="completed")
    assert erasure_of(ticket).last_http_status == 404
    assert ticket.resolution == "not_found"
    assert len(sandbox.deletions()) == 1


def test_bento_denies_somebody_who_is_still_there(ready, sandbox, clock):
    ticket = ready("bento", ADA)
    sandbox.fault(path="delet", status=404)

    work(clock)

    assert seen(ticket, "bento") == Seen("rejected", BENTO_WORDS, attention="present_but_refused")
    assert ticket_page(load_ticket(ticket.pk), clock()).cards[0].answer.tone == "warn"
    assert [request["action"] for request in sandbox.journal()] == ["find", "delete", "find"]


def test_bento_denies_somebody_who_was_there_before_and_is_gone(ready, sandbox, clock):
    ticket = ready("bento", ADA)
    sandbox.fault(path="delet", status=404, effect=True)

    work(clock)

    assert seen(ticket, "bento") == Seen("verified_absent", BENTO_WORDS, ticket="completed")
    assert len(sandbox.deletions()) == 1


def test_bento_denies_somebody_who_was_never_seen_after_a_try_that_may_have_worked(ready, sandbox, clock):
    ticket = ready("bento", NOBODY)
    sandbox.fault(path="delet", status=500)
    work(clock)
    clock.advance(hours=1)

    work(clock)

    assert seen(ticket, "bento") == Seen("not_found", BENTO_WORDS, ticket="completed", tries=2, counted=2)
    assert [request["action"] for request in sandbox.journal()] == ["find", "delete", "find", "delete", "find"]


def test_bento_denies_somebody_whom_an_earlier_try_may_have_erased(ready, sandbox, clock):
    ticket = ready("bento", ADA)
    sandbox.fault(path="delet", status=500)
    sandbox.fault(path="delet", status=404, effect=True)
    work(clock)
    clock.advance(hours=1)

    work(clock)

    assert seen(ticket, "bento") == Seen("verified_absent", BENTO_WORDS, ticket="completed", tries=2, counted=2)


@pytest.mark.parametrize("style", ["unrouted", "odd", "text", "empty", "html"])
@pytest.mark.parametrize("email", [ADA, NOBODY])
def test_another_404_of_bento_speaks_of_the_address(ready, sandbox, clock, style, email):
    ticket = ready("bento", email)
    sandbox.fault(path="delet", status=404, style=style)

    work(clock)

    assert seen(ticket, "bento") == MISROUTED


@pytest.mark.parametrize("style", ["json", "empty", "text"])
def test_blueshift_does_not_know_somebody_whom_no_look_finds(ready, sandbox, clock, style):
    ticket = ready("blueshift", NOBODY)
    sandbox.fault(path="delet", status=404, style=style)

    work(clock)

    assert seen(ticket, "blueshift") == Seen("not_found", BLUESHIFT_WORDS, ticket="completed")
    assert [request["action"] for request in sandbox.journal()] == ["search", "delete", "search"]


def test_blueshift_denies_somebody_who_is_still_there(ready, sandbox, clock):
    ticket = ready("blueshift", ADA)
    sandbox.fault(path="delet", status=404)

    work(clock)

    assert seen(ticket, "blueshift") == Seen("retry_wait", BLUESHIFT_WORDS)
    assert len(sandbox.deletions()) == 1


def test_blueshift_gets_no_more_tries_than_the_account_has(ready, sandbox, clock):
    ticket = ready("blueshift", ADA, tries=3)
    sandbox.fault(path="delet", status=404, times=0)

    for _ in range(6):
        work(clock)
        clock.advance(hours=1)

    erasure = erasure_of(ticket, "blueshift")
    assert (erasure.status, erasure.attention) == ("retry_wait", "out_of_tries")
    assert len(sandbox.deletions()) == 3


@pytest.mark.parametrize("style", ["unrouted", "html"])
@pytest.mark.parametrize("email", [ADA, NOBODY])
def test_an_unrouted_path_of_blueshift_speaks_of_the_address(ready, sandbox, clock, style, email):
    ticket = ready("blueshift", email)
    sandbox.fault(path="delet", status=404, style=style)

    work(clock)

    assert seen(ticket, "blueshift") == MISROUTED


ABSENT = Seen("not_found", BLUESHIFT_WORDS, ticket="completed")
SENT_ELSEWHERE = Seen("outcome_unknown", "Check the address of this account.", attention="unsettled", misrouted=1)
UNSETTLED = Seen("outcome_unknown", "May have arrived. Checking before the next try.", attention="unsettled")


@pytest.mark.parametrize("kind", ["cookie", "device_id"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 200}, Seen("accepted", "Accepted by Blueshift. Not yet proof.", ticket="completed")),
        ({"status": 404}, ABSENT),
        ({"status": 404, "style": "unrouted"}, SENT_ELSEWHERE),
        ({"status": 404, "style": "html"}, SENT_ELSEWHERE),
        ({"status": 302, "style": "empty"}, SENT_ELSEWHERE),
        ({"status": 429}, Seen("retry_wait", "Busy.", tries=0, waits=True)),
        ({"status": 500}, UNSETTLED),
        ({"wire": "reset"}, Seen("outcome_unknown", "We do not know yet. Checking.", attention="unsettled")),
    ],
)
def test_an_identifier_that_cannot_be_looked_up_is_sent_and_closed_without_a_look(
    ready, sandbox, clock, kind, fault, expected
):
    ticket = ready("blueshift", f"{kind}-ada", kind=kind)
    sandbox.fault(path="delet", **fault)

    work(clock)

    assert seen(ticket, "blueshift", kind) == expected
    assert [request["action"] for request in sandbox.journal()] == ["delete"]
