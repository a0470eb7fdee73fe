import json
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from apps.vendors.clients.bento import BentoClient
from apps.vendors.clients.errors import (
    Outcome,
    VendorBusy,
    VendorError,
    VendorMisrouted,
    VendorRefusal,
    VendorUnclear,
)
from tests.raw_server import says, says_json, says_raw

from .conftest import PUBLISHABLE_KEY, SITE

ATTEMPT = UUID("7d9f0d9c-0000-4000-8000-000000000001")
QUEUED = {"status": "queued_for_anonymization"}
PAGE = b"<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>No.</body></html>"
HTML = {"content_type": "text/html; charset=utf-8"}
VISITOR = {
    "id": "611427554",
    "type": "visitors",
    "attributes": {
        "uuid": "6125f8be-282d-40b7-bd7c-0944d5988955",
        "email": "Ann+news@example.org",
        "fields": {"first_name": "Ann", "abuse_note": None},
        "cached_tag_ids": ["174", 175],
        "unsubscribed_at": "2021-08-21T09:11:55.587Z",
        "navigation_url": "/account/visitors/visitor_XXXX",
    },
}


def erase(client, address="ann@example.org"):
    return client.erase("email", address, attempt=ATTEMPT)


def test_a_queued_deletion_is_a_receipt(serve, bento):
    server = serve(says_json("202 Accepted", QUEUED, x_request_id="abc-1"))

    receipt = erase(bento(server.url))

    assert (receipt.http_status, receipt.request_id) == (202, "abc-1")
    assert json.loads(receipt.words) == QUEUED


def test_a_deletion_is_sent_as_the_page_shows_it(serve, bento):
    server = serve(says_json("202 Accepted", QUEUED))

    erase(bento(server.url), "Ann+news@Example.org")

    [request] = server.requests
    assert (request.method, request.target) == ("POST", f"/api/v1/data_deletion_requests?site_uuid={SITE}")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "site_uuid": [SITE],
        "data_deletion_request[email]": ["Ann+news@Example.org"],
    }


def test_a_deletion_says_who_asks_and_which_attempt_it_is(serve, bento):
    server = serve(says_json("202 Accepted", QUEUED))

    erase(bento(server.url))

    headers = server.requests[0].headers
    assert headers["user-agent"] == "ComplianceConsole/1.0"
    assert headers["authorization"] == "Basic cGtfNGYxZDJjM2I6c2tfOWU4ZDdjNmI1YQ=="
    assert headers["x-request-id"] == headers["idempotency-key"] == str(ATTEMPT)
    assert headers["accept-encoding"] == "identity"


DELETION_ANSWERS = [
    (says_json("404 Not Found", {"error": "visitor_not_found"}), VendorRefusal, Outcome.ABSENT),
    (says_json("404 Not Found", {"error": "Not Found"}), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says_json("404 Not Found", {"status": 404, "error": "Not Found"}), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says_json("404 Not Found", ["visitor_not_found"]), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says("404 Not Found"), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says("404 Not Found", PAGE, **HTML), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says("404 Not Found", PAGE), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says_json("400 Bad Request", {"errors": [{"field": "email"}]}), VendorRefusal, Outcome.REJECTED),
    (says("402 Payment Required"), VendorRefusal, Outcome.REJECTED),
    (says("405 Method Not Allowed", PAGE, **HTML), VendorRefusal, Outcome.REJECTED),
    (says("413 Content Too Large"), VendorRefusal, Outcome.REJECTED),
    (says_json("422 Unprocessable", {"error": "Email is invalid"}), VendorRefusal, Outcome.REJECTED),
    (says_json("422 Unprocessable", {"errors": ["Email is invalid"]}), VendorRefusal, Outcome.REJECTED),
    (says_json("401 Unauthorized", {"error": "Unauthorized"}), VendorRefusal, Outcome.KEY_REFUSED),
    (says("401 Unauthorized", b"HTTP Basic: Access denied."), VendorRefusal, Outcome.KEY_REFUSED),
    (says_json("403 Forbidden", {"error": "Forbidden"}), VendorRefusal, Outcome.KEY_REFUSED),
    (says("403 Forbidden", PAGE, **HTML), VendorRefusal, Outcome.KEY_REFUSED),
    (says("429 Too Many Requests"), VendorBusy, Outcome.BUSY),
    (says("503 Service Unavailable", PAGE, **HTML), VendorBusy, Outcome.BUSY),
    (says("408 Request Timeout"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("409 Conflict"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("425 Too Early"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says_json("500 Internal Server Error", {"error": "x"}), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("502 Bad Gateway", PAGE, **HTML), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("504 Gateway Timeout"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("507 Insufficient Storage"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("301 Moved Permanently", location="http://127.0.0.1:1/"), VendorMisrouted, Outcome.REDIRECTED),
    (says("302 Found", location="/login"), VendorMisrouted, Outcome.REDIRECTED),
    (says("307 Temporary Redirect", location="http://127.0.0.1:1/"), VendorMisrouted, Outcome.REDIRECTED),
    (says("202 Accepted", PAGE, **HTML), VendorUnclear, Outcome.HTML_SUCCESS),
    (says("200 OK", json.dumps(QUEUED).encode(), **HTML), VendorUnclear, Outcome.HTML_SUCCESS),
    (says("202 Accepted"), VendorUnclear, Outcome.UNKNOWN),
    (says("202 Accepted", b'{"status":"queued_for_anonym'), VendorUnclear, Outcome.UNKNOWN),
    (says("202 Accepted", b"[" * 60_000), VendorUnclear, Outcome.UNKNOWN),
    (says_json("202 Accepted", {"status": "ok"}), VendorUnclear, Outcome.UNKNOWN),
    (says_json("202 Accepted", [QUEUED]), VendorUnclear, Outcome.UNKNOWN),
    (says_json("202 Accepted", {**QUEUED, "padding": "x" * 70_000}), VendorUnclear, Outcome.UNKNOWN),
    (says_json("202 Accepted", {**QUEUED, "success": False}), VendorUnclear, Outcome.UNKNOWN),
    (says_json("200 OK", QUEUED), VendorUnclear, Outcome.UNKNOWN),
    (says_json("200 OK", {"success": False, "message": "no"}), VendorUnclear, Outcome.UNKNOWN),
    (says("204 No Content"), VendorUnclear, Outcome.UNKNOWN),
    (says("103 Early Hints"), VendorUnclear, Outcome.UNKNOWN),
    (says("999 Odd"), VendorUnclear, Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("turn", "error_class", "outcome"), DELETION_ANSWERS)
def test_each_answer_to_a_deletion_means_one_thing(serve, bento, turn, error_class, outcome):
    server = serve(turn)

    with pytest.raises(VendorError) as caught:
        erase(bento(server.url))

    assert (type(caught.value), caught.value.outcome) == (error_class, outcome)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (202, Outcome.UNKNOWN),
        (404, Outcome.UNKNOWN),
        (422, Outcome.REJECTED),
        (401, Outcome.KEY_REFUSED),
        (429, Outcome.BUSY),
        (500, Outcome.MAYBE_ARRIVED),
    ],
)
def test_an_answer_that_is_cut_counts_by_its_status_where_the_status_says_enough(serve, bento, status, outcome):
    server = serve(says_raw(f"HTTP/1.1 {status} X\r\nContent-Length: 99\r\n\r\n{{".encode()))

    with pytest.raises(VendorError) as caught:
        erase(bento(server.url))

    assert caught.value.outcome is outcome


def test_a_refusal_keeps_the_vendors_words_its_status_and_its_request_id(serve, bento):
    server = serve(says_json("422 Unprocessable", {"error": "Email is invalid"}, x_request_id="r-422"))

    with pytest.raises(VendorRefusal) as caught:
        erase(bento(server.url))

    assert (caught.value.http_status, caught.value.request_id) == (422, "r-422")
    assert caught.value.words == '{"error": "Email is invalid"}'


def test_a_key_refused_by_a_web_page_was_stopped_before_the_api(serve, bento):
    server = serve(says("403 Forbidden", PAGE, **HTML), says_json("403 Forbidden", {"error": "Forbidden"}))
    client = bento(server.url)

    with pytest.raises(VendorRefusal) as by_page:
        erase(client)
    with pytest.raises(VendorRefusal) as by_api:
        erase(client)

    assert str(by_page.value) == "Bento answered 403. Stopped before it reached the API."
    assert str(by_api.value) == "Bento answered 403. Key refused."
    assert (by_page.value.html, by_api.value.html) == (True, False)
    assert by_page.value.words == "Attention Required! | Cloudflare"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.ACCEPTED, "Queued for anonymization at Bento. Not yet proof."),
        (Outcome.ABSENT, "No such visitor on this site."),
        (Outcome.KEY_REFUSED, "Key refused."),
        (Outcome.BUSY, "Busy."),
        (Outcome.MAYBE_ARRIVED, "May have arrived. Checking before the next try."),
        (Outcome.UNKNOWN, "We do not know yet. Checking."),
        (Outcome.UNREACHED, "Did not leave."),
        (Outcome.TLS_FAILED, "Check the address of this account."),
        (Outcome.REDIRECTED, "Check the address of this account."),
        (Outcome.WRONG_ADDRESS, "Check the address of this account."),
        (Outcome.HTML_SUCCESS, "Answered a web page instead of an API."),
    ],
)
def test_each_outcome_has_its_words_without_an_instance(outcome, words):
    assert BentoClient.meaning(outcome) == words


def test_every_outcome_has_words():
    assert set(BentoClient.words) == set(Outcome)


def test_a_find_asks_for_the_address_as_it_is_spelled(serve, bento):
    server = serve(says_json("200 OK", {"data": VISITOR}))

    bento(server.url).look("email", "Ann+news@Example.org")

    [request] = server.requests
    assert (request.method, urlsplit(request.target).path) == ("GET", "/api/v1/fetch/subscribers")
    assert parse_qs(urlsplit(request.target).query) == {"email": ["Ann+news@Example.org"], "site_uuid": [SITE]}
    assert request.body == b""


def test_a_find_by_uuid_sends_no_address(serve, bento):
    server = serve(says_json("200 OK", {"data": VISITOR}))

    look = bento(server.url).look_by_uuid("6125f8be-282d-40b7-bd7c-0944d5988955")

    query = parse_qs(urlsplit(server.requests[0].target).query)
    assert query == {"uuid": ["6125f8be-282d-40b7-bd7c-0944d5988955"], "site_uuid": [SITE]}
    assert len(look.profiles) == 1


@pytest.mark.parametrize("tags", [["vip", "lead"], [{"name": "vip"}, {"name": "lead"}]])
def test_names_of_tags_are_taken_where_the_answer_has_them(serve, bento, tags):
    visitor = {**VISITOR, "attributes": {**VISITOR["attributes"], "tags": tags}}

    look = bento(serve(says_json("200 OK", {"data": visitor})).url).look("email", "ann@example.org")

    assert look.profiles[0].tags == ("vip", "lead")


def test_a_find_reads_the_whole_visitor(serve, bento):
    server = serve(says_json("200 OK", {"data": VISITOR}, x_request_id="r-1"))

    look = bento(server.url).look("email", "ann@example.org")

    [profile] = look.profiles
    assert (profile.uuid, profile.email) == ("6125f8be-282d-40b7-bd7c-0944d5988955", "Ann+news@example.org")
    assert (profile.unsubscribed, profile.unsubscribed_at) == (True, "2021-08-21T09:11:55.587000+00:00")
    assert (profile.tags, profile.fields) == (("tag 174", "tag 175"), {"first_name": "Ann", "abuse_note": None})
    assert profile.personal
    assert json.loads(look.raw) == {"data": VISITOR}
    assert (look.http_status, look.request_id) == (200, "r-1")


@pytest.mark.parametrize(
    ("attributes", "unsubscribed"),
    [
        ({}, None),
        ({"unsubscribed_at": None}, False),
        ({"unsubscribed_at": "2021-08-21T09:11:55Z"}, True),
        ({"unsubscribed_at": "some day"}, True),
    ],
)
def test_a_missing_unsubscribe_date_is_not_a_subscription(serve, bento, attributes, unsubscribed):
    server = serve(says_json("200 OK", {"data": {"attributes": {"uuid": "u", "fields": None, **attributes}}}))

    look = bento(server.url).look("email", "ann@example.org")

    assert look.profiles[0].unsubscribed is unsubscribed


def test_an_anonymized_visitor_is_found_but_not_personal(serve, bento):
    attributes = {"uuid": "u", "email": None, "fields": {"first_name": None, "plan": ""}, "cached_tag_ids": ["1"]}
    server = serve(says_json("200 OK", {"data": {"attributes": attributes}}))

    look = bento(server.url).look_by_uuid("u")

    assert [profile.personal for profile in look.profiles] == [False]


@pytest.mark.parametrize(
    "turn",
    [
        says_json("200 OK", {}),
        says_json("200 OK", []),
        says_json("200 OK", {"data": None}),
        says_json("200 OK", {"data": {}}),
        says_json("200 OK", {"data": []}),
        says_json("404 Not Found", {"error": "visitor_not_found"}),
    ],
)
def test_a_find_without_data_is_surely_absent(serve, bento, turn):
    server = serve(turn)

    assert bento(server.url).look("email", "ann@example.org").profiles == ()


FIND_ANSWERS = [
    (says("200 OK", PAGE, **HTML), Outcome.HTML_SUCCESS),
    (says("200 OK"), Outcome.UNKNOWN),
    (says("200 OK", b"null"), Outcome.UNKNOWN),
    (says("200 OK", b'{"data":'), Outcome.UNKNOWN),
    (says_json("200 OK", {"success": False}), Outcome.UNKNOWN),
    (says_json("200 OK", {"success": False, "data": None}), Outcome.UNKNOWN),
    (says_json("200 OK", {"error": "x", "data": {}}), Outcome.UNKNOWN),
    (says_json("200 OK", {"message": "hello"}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": "x"}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": False}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": [None]}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": {"id": "1"}}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": {"attributes": ["x"]}}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": {"attributes": {"uuid": "u", "fields": "x"}}}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": {"attributes": {"email": "ann@example.org"}}}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": {"attributes": {"uuid": "u\0"}}}), Outcome.UNKNOWN),
    (says_json("200 OK", {"data": {"attributes": {"uuid": "u" * 101}}}), Outcome.UNKNOWN),
    (says_json("200 OK", "absent"), Outcome.UNKNOWN),
    (says_json("202 Accepted", QUEUED), Outcome.UNKNOWN),
    (says("204 No Content"), Outcome.UNKNOWN),
    (says("404 Not Found", PAGE, **HTML), Outcome.WRONG_ADDRESS),
    (says_json("404 Not Found", {"error": "Not Found"}), Outcome.WRONG_ADDRESS),
    (says("404 Not Found"), Outcome.WRONG_ADDRESS),
    (says("500 Internal Server Error"), Outcome.MAYBE_ARRIVED),
    (says("302 Found", location="/login"), Outcome.REDIRECTED),
    (says("401 Unauthorized"), Outcome.KEY_REFUSED),
    (says("429 Too Many Requests", retry_after="7"), Outcome.BUSY),
]


@pytest.mark.parametrize(("turn", "outcome"), FIND_ANSWERS)
def test_a_doubtful_find_is_never_absent(serve, bento, turn, outcome):
    server = serve(turn)

    with pytest.raises(VendorError) as caught:
        bento(server.url).look("email", "ann@example.org")

    assert caught.value.outcome is outcome


def test_a_check_reads_for_a_person_who_cannot_exist(serve, bento):
    server = serve(says_json("200 OK", {}))

    bento(server.url).check()

    [request] = server.requests
    assert request.method == "GET"
    assert parse_qs(urlsplit(request.target).query)["email"][0].endswith(".invalid")


def test_a_check_says_which_key_is_refused_without_the_key(serve, bento):
    server = serve(says_json("401 Unauthorized", {"error": f"Bad key {PUBLISHABLE_KEY}"}))

    with pytest.raises(VendorRefusal) as caught:
        bento(server.url).check()

    assert str(caught.value) == "Bento answered 401. Key refused."
    assert caught.value.words == '{"error": "Bad key [key]"}'


@pytest.mark.parametrize("kind", ["customer_id", "cookie", "device_id", "phone"])
def test_only_addresses_are_taken(bento, kind):
    client = bento("http://127.0.0.1:1")

    with pytest.raises(ValueError, match="This call takes email"):
        client.erase(kind, "x", attempt=ATTEMPT)
    with pytest.raises(ValueError, match="This call takes email"):
        client.look(kind, "x")
