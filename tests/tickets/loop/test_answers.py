"""Every answer of a vendor's API to a deletion request, over loopback HTTP: what it does, and in which words."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.tickets.selectors.pages import load_ticket, ticket_page
from apps.vendors.services.accounts import resume
from tests.constants import NOW
from tests.invariants.checking import breaches
from tests.invariants.evidence import evidence_of
from tests.tickets.builders import actions, erasure_of, work

from .conftest import Seen, seen

VENDORS = ["bento", "blueshift"]
OWN_STATUS = {"bento": 202, "blueshift": 200}

REJECTED = Seen(
    "rejected",
    "Refused. Read the vendor's words, then correct and reopen, do it by hand, or close.",
    attention="rejected",
)
KEY_REFUSED = Seen("queued", "Key refused.", tries=0, pause="key_refused")
STOPPED = Seen("queued", "Stopped before it reached the API.", tries=0, pause="stopped_before_api")
BUSY = Seen("retry_wait", "Busy.", tries=0, waits=True)
MAY_HAVE_ARRIVED = Seen("retry_wait", "May have arrived. Checking before the next try.", doubt="unclear")
UNKNOWN = Seen("outcome_unknown", "We do not know yet. Checking.", doubt="unclear")
WEB_PAGE = Seen("outcome_unknown", "Answered a web page instead of an API.", doubt="unclear", misrouted=1)

ANSWERS = [
    *(({"status": status}, REJECTED) for status in (400, 413, 418, 422)),
    ({"status": 422, "style": "errors"}, REJECTED),
    ({"status": 401}, KEY_REFUSED),
    ({"status": 403}, KEY_REFUSED),
    ({"status": 401, "style": "html"}, STOPPED),
    ({"status": 403, "style": "html"}, STOPPED),
    ({"status": 429}, BUSY),
    ({"status": 503}, BUSY),
    *(({"status": status}, MAY_HAVE_ARRIVED) for status in (408, 409, 425, 500, 502, 504)),
    ({"status": 500, "effect": True}, MAY_HAVE_ARRIVED),
    ({"wire": "timeout", "seconds": 2}, UNKNOWN),
    ({"wire": "timeout", "seconds": 2, "effect": True}, UNKNOWN),
    ({"wire": "trickle_headers", "effect": True}, UNKNOWN),
    ({"wire": "reset"}, UNKNOWN),
    ({"wire": "reset", "effect": True}, UNKNOWN),
    ({"wire": "cut"}, UNKNOWN),
    ({"wire": "oversized"}, UNKNOWN),
    ({"status": 200, "style": "odd"}, UNKNOWN),
    ({"status": 202, "style": "unsuccessful"}, UNKNOWN),
    ({"status": 202, "style": "empty"}, UNKNOWN),
    ({"status": 202, "style": "truncated"}, UNKNOWN),
    ({"status": 201}, UNKNOWN),
    ({"status": 204, "style": "empty"}, UNKNOWN),
    ({"status": 200, "style": "html"}, WEB_PAGE),
    ({"status": 202, "style": "html"}, WEB_PAGE),
]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(("fault", "expected"), ANSWERS, ids=lambda given: str(given) if type(given) is dict else "")
def test_an_answer_has_one_meaning(ready, sandbox, clock, vendor, fault, expected):
    ticket = ready(vendor, timeout=1)
    sandbox.fault(path="delet", **fault)

    work(clock)

    assert seen(ticket, vendor) == expected
    assert [request["fault"] != "" for request in sandbox.deletions()] == [True]


@pytest.mark.parametrize(
    ("vendor", "words"),
    [
        ("bento", "Queued for anonymization at Bento. Not yet proof."),
        ("blueshift", "Accepted by Blueshift. Not yet proof."),
    ],
)
def test_the_documented_answer_is_accepted_and_no_proof(ready, sandbox, clock, vendor, words):
    ticket = ready(vendor)

    work(clock)

    erasure = erasure_of(ticket, vendor)
    assert seen(ticket, vendor) == Seen("accepted", words, ticket="awaiting_readback")
    assert (erasure.last_http_status, erasure.accepted_at, erasure.closed_at) == (OWN_STATUS[vendor], NOW, None)
    assert [request["effect"] for request in sandbox.deletions()] == [True]
    assert actions(ticket)[-4:] == [
        "ticket.in_progress",
        "attempt.started",
        "erasure.accepted",
        "ticket.awaiting_readback",
    ]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("fault", "status"),
    [({"status": 422}, 422), ({"status": 503, "style": "html"}, 503), ({"wire": "reset"}, None), ({"wire": "cut"}, 0)],
)
def test_the_code_is_kept_on_attempt_and_erasure(ready, sandbox, clock, vendor, fault, status):
    ticket = ready(vendor)
    sandbox.fault(path="delet", **fault)

    work(clock)

    erasure = erasure_of(ticket, vendor)
    code = OWN_STATUS[vendor] if status == 0 else status
    assert (erasure.last_http_status, erasure.attempts.get().http_status) == (code, code)


DATE = "Mon, 01 Jun 2026 12:00:00 GMT"
JITTER = (1, 60)  # seconds: nobody can say which


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, JITTER),
        ({"Retry-After": "soon"}, JITTER),
        ({"Retry-After": "50"}, (50, 60)),
        ({"Retry-After": "120"}, (120, 120)),
        ({"Retry-After": "99999999"}, (86_400, 86_400)),
        ({"Retry-After": "Mon, 01 Jun 2026 12:05:00 GMT", "Date": DATE}, (300, 300)),
        ({"Retry-After": "Mon, 01 Jun 2026 11:00:00 GMT", "Date": DATE}, JITTER),
    ],
)
def test_a_busy_vendor_makes_the_whole_account_wait(ready, sandbox, clock, vendor, headers, seconds):
    ticket = ready(vendor, retry_base="60s")
    sandbox.fault(path="delet", status=429, headers=headers)

    work(clock)

    waits = erasure_of(ticket, vendor).account.wait_until - NOW
    assert timedelta(seconds=seconds[0]) <= waits <= timedelta(seconds=seconds[1])


LOOK = {"bento": ["find"], "blueshift": ["search"]}  # whoever the address shows needs no look by id


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("fault", "looks_first"),
    [
        ({"status": 429}, False),
        ({"status": 503}, False),
        ({"status": 409}, True),
        ({"status": 500}, True),
        ({"status": 302, "style": "empty"}, True),
        ({"status": 404, "style": "html"}, True),
        ({"wire": "reset"}, True),
    ],
)
def test_a_second_try_looks_first_where_the_first_may_have_arrived(ready, sandbox, clock, vendor, fault, looks_first):
    ticket = ready(vendor)
    sandbox.fault(path="delet", **fault)
    work(clock)
    after = len(sandbox.journal())
    clock.advance(hours=4)

    work(clock)

    later = [request["action"] for request in sandbox.journal(after=after)]
    assert later == [*(LOOK[vendor] if looks_first else []), "delete"]
    assert erasure_of(ticket, vendor).status == "accepted"


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        ({"status": 401}, 2),
        ({"status": 403}, 2),
        ({"status": 429}, 2),
        ({"status": 503}, 2),
        ({"status": 302, "style": "empty"}, 1),
        ({"status": 307, "style": "empty"}, 1),
        ({"status": 400}, 1),
        ({"status": 404}, 1),
        ({"status": 404, "style": "html"}, 1),
        ({"status": 404, "style": "unrouted"}, 1),
        *(({"status": status}, 1) for status in (408, 409, 425, 500, 502, 504)),
        ({"status": 200, "style": "html"}, 1),
        ({"status": 200, "style": "truncated"}, 1),
        ({"wire": "reset"}, 1),
        ({"wire": "cut"}, 1),
    ],
    ids=str,
)
def test_without_a_look_up_only_what_had_no_effect_is_sent_again(ready, sandbox, clock, olga, fault, requests):
    ticket = ready("blueshift", "42", kind="customer_id")
    sandbox.fault(path="delet", **fault)

    for _ in range(3):
        work(clock)
        resume(erasure_of(ticket, "blueshift", "customer_id").account, by=Actor.page(olga), at=clock())
        clock.advance(hours=4)

    assert len(sandbox.deletions()) == requests
    assert breaches(evidence_of(sandbox, at=clock())) == []


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", [{"status": 504, "effect": True}, {"wire": "reset", "effect": True}])
def test_a_deletion_that_happened_without_an_answer_is_found_and_never_repeated(ready, sandbox, clock, vendor, fault):
    ticket = ready(vendor)
    sandbox.fault(path="delet", **fault)
    work(clock)
    clock.advance(hours=4)

    work(clock)

    ticket.refresh_from_db()
    assert erasure_of(ticket, vendor).status == "verified_absent"
    assert (ticket.status, ticket.resolution) == ("completed", "erased_verified")
    assert len(sandbox.deletions()) == 1


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", [{"status": 500}, {"wire": "reset"}])
def test_tries_end_in_the_hands_of_staff(ready, sandbox, clock, vendor, fault):
    ticket = ready(vendor, tries=3, verify_after="1h")
    sandbox.fault(path="delet", times=0, **fault)

    for _ in range(10):
        work(clock)
        clock.advance(hours=2)

    erasure = erasure_of(ticket, vendor)
    assert (erasure.status, erasure.attention) == ("retry_wait", "out_of_tries")
    assert ticket_page(load_ticket(ticket.pk), clock()).cards[0].answer.text.endswith((" arrived.", " yet."))
    assert (erasure.tries, len(sandbox.deletions())) == (3, 3)
