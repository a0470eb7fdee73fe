"""Bento's calls that create and change, and its search, byte by byte over loopback HTTP."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.vendors.clients.bento_lookups import Search, Span
from apps.vendors.clients.errors import Outcome, VendorError, VendorRefusal, VendorUnavailable, VendorUnclear
from apps.vendors.clients.subscribers import Command, Subscriber, Verb
from tests.raw_server import resets, says, says_json, says_raw

from .conftest import SITE
from .test_bento import HTML, PAGE, VISITOR

ANN = "Ann+news@Example.org"
BOB = Subscriber("bob@example.org")
TAG = Command(Verb.ADD_TAG, ANN, "vip")
CALLS = {
    "import": lambda client: client.subscribers.add_all([Subscriber(ANN), BOB]),
    "create": lambda client: client.subscribers.create(ANN),
    "command": lambda client: client.subscribers.run([TAG, TAG]),
    "search": lambda client: client.lookups.search(Search(), page=1),
}


def outcome_of(call, *args) -> Outcome:
    with pytest.raises(VendorError) as caught:
        call(*args)
    return caught.value.outcome


@pytest.mark.parametrize(
    ("call", "path", "document"),
    [
        ("import", "/api/v1/batch/subscribers", {"subscribers": [{"email": ANN}, {"email": "bob@example.org"}]}),
        ("create", "/api/v1/fetch/subscribers", {"subscriber": {"email": ANN}}),
        ("command", "/api/v1/fetch/commands", {"command": [{"command": "add_tag", "email": ANN, "query": "vip"}] * 2}),
    ],
)
def test_each_act_is_one_post_with_json_and_the_site_in_the_query(serve, bento, call, path, document):
    server = serve(says_json("200 OK", {"results": 2, "data": VISITOR}))

    CALLS[call](bento(server.url))

    [request] = server.requests
    assert (request.method, request.target) == ("POST", f"{path}?site_uuid={SITE}")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "ComplianceConsole/1.0"
    assert json.loads(request.body) == document


@pytest.mark.parametrize(
    ("status", "body", "counts"),
    [
        ("200 OK", {"results": 2, "failed": 0}, (2, 0)),
        ("201 Created", {"results": 2, "failed": 0}, (2, 0)),
        ("200 OK", {"results": 1, "failed": 1}, (1, 1)),
        ("200 OK", {"results": 2}, (2, 0)),
        ("200 OK", {"results": 1}, (1, 1)),
        ("200 OK", {"result": 2}, (2, 0)),
        ("200 OK", {"results": 0, "failed": 2}, (0, 2)),
        ("200 OK", {"results": 2, "failed": None}, (2, 0)),
    ],
)
def test_an_import_tells_what_failed_beside_a_status_of_200(serve, bento, status, body, counts):
    tally = CALLS["import"](bento(serve(says_json(status, body)).url))

    assert (tally.sent, tally.taken, tally.failed) == (2, *counts)


@pytest.mark.parametrize(
    "body",
    [{}, [], {"results": 3}, {"results": True}, {"results": "2"}, {"results": -1}, {"results": 2, "success": False}],
    ids=str,
)
def test_an_import_that_counts_oddly_is_unclear(serve, bento, body):
    with pytest.raises(VendorUnclear):
        CALLS["import"](bento(serve(says_json("200 OK", body)).url))


@pytest.mark.parametrize("number", [0, 1001])
def test_an_import_of_none_or_too_many_is_never_sent(serve, bento, number):
    server = serve(says_json("200 OK", {"results": number}))

    with pytest.raises(ValueError, match="1 to 1000"):
        bento(server.url).subscribers.add_all([BOB] * number)

    assert server.requests == []


def test_a_thousand_are_one_call(serve, bento):
    server = serve(says_json("200 OK", {"results": 1000, "failed": 0}))

    tally = bento(server.url).subscribers.add_all([BOB] * 1000)

    assert (tally.taken, len(server.requests)) == (1000, 1)


@pytest.mark.parametrize("status", ["201 Created", "200 OK"])
def test_a_created_subscriber_is_shown(serve, bento, status):
    fresh = {**VISITOR, "attributes": {**VISITOR["attributes"], "fields": None, "unsubscribed_at": None}}

    created = CALLS["create"](bento(serve(says_json(status, {"data": fresh})).url))

    assert created.profile.uuid == VISITOR["attributes"]["uuid"]
    assert (created.profile.fields, created.profile.unsubscribed) == ({}, False)


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": []}, {"data": {"id": "1"}}, {"data": VISITOR, "error": "x"}]
)
def test_a_create_that_shows_nobody_is_unclear(serve, bento, body):
    assert outcome_of(CALLS["create"], bento(serve(says_json("200 OK", body)).url)) is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "body", [{"results": 2}, {"results": 2, "failed": 0}, {"data": VISITOR}, {"results": 2, "data": None}], ids=str
)
def test_commands_are_taken_where_the_count_is_right_or_the_page_answers(serve, bento, body):
    tally = CALLS["command"](bento(serve(says_json("200 OK", body)).url))

    assert (tally.sent, tally.taken) == (2, 2)


@pytest.mark.parametrize(
    "body", [{"results": 1}, {"results": 3}, {"results": 1, "data": VISITOR}, {"data": None}, {}], ids=str
)
def test_commands_that_were_not_all_counted_are_unclear(serve, bento, body):
    assert outcome_of(CALLS["command"], bento(serve(says_json("200 OK", body)).url)) is Outcome.UNKNOWN


@pytest.mark.parametrize("number", [0, 101])
def test_no_command_or_too_many_are_never_sent(serve, bento, number):
    server = serve(says_json("200 OK", {"results": number}))

    with pytest.raises(ValueError, match="1 to 100"):
        bento(server.url).subscribers.run([TAG] * number)

    assert server.requests == []


ANSWERS = [
    (says_json("400 Bad Request", {"errors": [{"field": "email", "message": "is invalid"}]}), Outcome.REJECTED),
    (says_json("422 Unprocessable", {"error": "Email is invalid"}), Outcome.REJECTED),
    (says_json("401 Unauthorized", {"error": "Unauthorized"}), Outcome.KEY_REFUSED),
    (says("403 Forbidden", PAGE, **HTML), Outcome.KEY_REFUSED),
    (says("404 Not Found", PAGE, **HTML), Outcome.WRONG_ADDRESS),
    (says("429 Too Many Requests"), Outcome.BUSY),
    (says_json("500 Internal Server Error", {"error": "x"}), Outcome.MAYBE_ARRIVED),
    (says("502 Bad Gateway", PAGE, **HTML), Outcome.MAYBE_ARRIVED),
    (says("302 Found", location="/login"), Outcome.REDIRECTED),
    (says("200 OK", PAGE, **HTML), Outcome.HTML_SUCCESS),
    (says("200 OK", b'{"results": 2, "da'), Outcome.UNKNOWN),
    (says_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"), Outcome.UNKNOWN),
    (resets, Outcome.UNKNOWN),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("turn", "outcome"), ANSWERS)
def test_every_other_answer_goes_through_the_one_tree(serve, bento, call, turn, outcome):
    server = serve(turn)

    assert outcome_of(CALLS[call], bento(server.url)) is outcome
    assert len(server.requests) == 1


@pytest.mark.parametrize("call", ["import", "create", "command"])
def test_words_repeat_no_address_that_was_sent(serve, bento, call):
    server = serve(says_json("422 Unprocessable", {"error": f"{ANN} and bob@example.org are invalid"}))

    with pytest.raises(VendorRefusal) as caught:
        CALLS[call](bento(server.url))

    assert ANN not in caught.value.words


def test_a_search_sends_every_filter_in_the_query_of_a_get(serve, bento):
    server = serve(says_json("200 OK", {"data": [VISITOR], "meta": {"page": 3}}))
    may, june = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    both = Span(gt=may, lt=june)

    page = bento(server.url).lookups.search(
        Search(
            tags=("vip", "a,b"),
            tag_names=("lead",),
            tag_ids=("174",),
            created_at=both,
            updated_at=Span(gt=may),
            last_event_at=Span(lt=june),
            unsubscribed_at=both,
        ),
        page=3,
    )

    [request] = server.requests
    assert (request.method, request.body, urlsplit(request.target).path) == ("GET", b"", "/api/v1/fetch/search")
    assert parse_qs(urlsplit(request.target).query) == {
        "site_uuid": [SITE],
        "page": ["3"],
        "tags[]": ["vip", "a,b"],
        "tag_names[]": ["lead"],
        "tag_ids[]": ["174"],
        "created_at[gt]": ["2026-05-01T00:00:00+00:00"],
        "created_at[lt]": ["2026-06-01T00:00:00+00:00"],
        "updated_at[gt]": ["2026-05-01T00:00:00+00:00"],
        "last_event_at[lt]": ["2026-06-01T00:00:00+00:00"],
        "unsubscribed_at[gt]": ["2026-05-01T00:00:00+00:00"],
        "unsubscribed_at[lt]": ["2026-06-01T00:00:00+00:00"],
    }
    assert ([profile.email for profile in page.profiles], page.number, page.is_last) == (
        ["Ann+news@example.org"],
        3,
        True,
    )


@pytest.mark.parametrize(("found", "is_last"), [(0, True), (99, True), (100, False)])
def test_a_page_that_is_not_full_is_the_last(serve, bento, found, is_last):
    page = CALLS["search"](bento(serve(says_json("200 OK", {"data": [VISITOR] * found})).url))

    assert (len(page.profiles), page.is_last) == (found, is_last)


@pytest.mark.parametrize(
    "turn",
    [
        says_json("403 Forbidden", {"error": "Search is not available on this plan"}),
        says_json("404 Not Found", {"error": "Not Found"}),
        says_json("402 Payment Required", {"error": "Upgrade"}),
        says("405 Method Not Allowed"),
        says("501 Not Implemented"),
    ],
)
def test_a_refused_search_is_told_apart_from_a_refused_key(serve, bento, turn):
    with pytest.raises(VendorUnavailable, match="not available"):
        CALLS["search"](bento(serve(turn).url))


@pytest.mark.parametrize(
    "body", [{}, [], {"data": None}, {"data": {}}, {"data": [{"id": "1"}]}, {"data": [], "error": "x"}]
)
def test_a_search_of_an_odd_shape_is_never_nobody(serve, bento, body):
    assert outcome_of(CALLS["search"], bento(serve(says_json("200 OK", body)).url)) is Outcome.UNKNOWN


def test_pages_start_at_one(serve, bento):
    server = serve(says_json("200 OK", {"data": []}))

    with pytest.raises(ValueError, match="start at 1"):
        bento(server.url).lookups.search(Search(), page=0)

    assert server.requests == []
