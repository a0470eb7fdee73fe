import json
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from apps.vendors.clients.blueshift import BlueshiftClient
from apps.vendors.clients.errors import (
    Outcome,
    VendorBusy,
    VendorError,
    VendorMisrouted,
    VendorRefusal,
    VendorUnclear,
)
from tests.raw_server import says, says_json

ATTEMPT = UUID("7d9f0d9c-0000-4000-8000-000000000001")
OK = {"status": "ok"}
UNROUTED = {"status": "404", "error": "Not Found"}
PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
HTML = {"content_type": "text/html"}
UUID_1, UUID_2 = "11111111-aaaa-4000-8000-000000000001", "11111111-aaaa-4000-8000-000000000002"
CUSTOMER = {
    "uuid": UUID_1,
    "customer_id": 4711,
    "email": "Ann+shop@Example.org",
    "firstname": "Ann",
    "custom_attributes": {"loyalty": "gold"},
    "unsubscribed": "true",
    "unsubscribed_at": "2024-02-03 04:05:06 UTC",
    "created_at": "2020-01-01T00:00:00.000Z",
    "last_ip": None,
}


def erase(client, value="ann@example.org", kind="email"):
    return client.erase(kind, value, attempt=ATTEMPT)


def test_an_accepted_deletion_is_a_receipt(serve, blueshift):
    server = serve(says_json("200 OK", OK, x_request_id="11f0-4a"))

    receipt = erase(blueshift(server.url))

    assert (receipt.http_status, receipt.request_id, json.loads(receipt.words)) == (200, "11f0-4a", OK)


def test_all_matching_customers_are_meant_in_query_and_body(serve, blueshift):
    server = serve(says_json("200 OK", OK))

    erase(blueshift(server.url), "Ann+shop@Example.org")

    [request] = server.requests
    assert request.method == "POST"
    assert request.target == "/api/v1/customers/delete?delete_all_matching_customers=true"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {"email": "Ann+shop@Example.org", "delete_all_matching_customers": True}


@pytest.mark.parametrize("kind", ["email", "customer_id", "cookie", "device_id"])
def test_exactly_one_identifier_goes_out(serve, blueshift, kind):
    server = serve(says_json("200 OK", OK))

    erase(blueshift(server.url), "value-1", kind)

    assert json.loads(server.requests[0].body) == {kind: "value-1", "delete_all_matching_customers": True}


def test_forget_is_a_path_of_its_own_without_a_flag(serve, blueshift):
    server = serve(says_json("200 OK", OK))

    erase(blueshift(server.url, mode="forget"))

    [request] = server.requests
    assert (request.target, json.loads(request.body)) == ("/api/v1/customers/forget", {"email": "ann@example.org"})


def test_an_unknown_mode_is_refused_before_anything_is_sent(blueshift):
    with pytest.raises(KeyError):
        blueshift("http://127.0.0.1:1", mode="erase")


def test_a_deletion_says_who_asks_and_which_attempt_it_is(serve, blueshift):
    server = serve(says_json("200 OK", OK))

    erase(blueshift(server.url))

    headers = server.requests[0].headers
    assert headers["user-agent"] == "ComplianceConsole/1.0"
    assert headers["authorization"] == "Basic dXNlci1rZXktMWEyYjNjNGQ6"  # the key, a colon, no password
    assert headers["x-request-id"] == headers["idempotency-key"] == str(ATTEMPT)


DELETION_ANSWERS = [
    (says_json("404 Not Found", {"message": "Campaign not found"}), VendorRefusal, Outcome.ABSENT_UNSURE),
    (says("404 Not Found"), VendorRefusal, Outcome.ABSENT_UNSURE),
    (says("404 Not Found", b"not found"), VendorRefusal, Outcome.ABSENT_UNSURE),
    (says_json("404 Not Found", UNROUTED), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says_json("404 Not Found", {"status": 404, "error": "Not Found"}), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says("404 Not Found", PAGE, **HTML), VendorMisrouted, Outcome.WRONG_ADDRESS),
    (says("404 Not Found", b"x" * 70_000), VendorUnclear, Outcome.UNKNOWN),
    (says_json("400 Bad Request", {"errors": {"name": ["can't be blank"]}}), VendorRefusal, Outcome.REJECTED),
    (says_json("400 Bad Request", {"errors": [{"detail": "x"}], "meta": {}}), VendorRefusal, Outcome.REJECTED),
    (says("410 Gone"), VendorRefusal, Outcome.REJECTED),
    (says("413 Content Too Large"), VendorRefusal, Outcome.REJECTED),
    (says_json("422 Unprocessable", {"success": False, "error": "Validation failed"}), VendorRefusal, Outcome.REJECTED),
    (says_json("401 Unauthorized", {"message": "Not authorized"}), VendorRefusal, Outcome.KEY_REFUSED),
    (says_json("403 Forbidden", {"message": "Permission denied"}), VendorRefusal, Outcome.KEY_REFUSED),
    (says("403 Forbidden", PAGE, **HTML), VendorRefusal, Outcome.KEY_REFUSED),
    (says_json("429 Too Many Requests", {"message": "Rate limit exceeded"}), VendorBusy, Outcome.BUSY),
    (says_json("503 Service Unavailable", {"message": "x"}), VendorBusy, Outcome.BUSY),
    (says("408 Request Timeout"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("409 Conflict"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("425 Too Early"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says_json("500 Internal Server Error", {"message": "x"}), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("502 Bad Gateway", PAGE, **HTML), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("504 Gateway Timeout"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("520 Odd"), VendorUnclear, Outcome.MAYBE_ARRIVED),
    (says("302 Found", location="/login"), VendorMisrouted, Outcome.REDIRECTED),
    (says("308 Permanent Redirect", location="http://127.0.0.1:1/"), VendorMisrouted, Outcome.REDIRECTED),
    (says("200 OK", PAGE, **HTML), VendorUnclear, Outcome.HTML_SUCCESS),
    (says("200 OK"), VendorUnclear, Outcome.UNKNOWN),
    (says("200 OK", b'{"status":"o'), VendorUnclear, Outcome.UNKNOWN),
    (says_json("200 OK", {"status": "queued_for_anonymization"}), VendorUnclear, Outcome.UNKNOWN),
    (says_json("200 OK", {**OK, "errors": ["x"]}), VendorUnclear, Outcome.UNKNOWN),
    (says_json("200 OK", {**OK, "padding": "x" * 70_000}), VendorUnclear, Outcome.UNKNOWN),
    (says_json("202 Accepted", OK), VendorUnclear, Outcome.UNKNOWN),
    (says("204 No Content"), VendorUnclear, Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("turn", "error_class", "outcome"), DELETION_ANSWERS)
def test_each_answer_to_a_deletion_means_one_thing(serve, blueshift, turn, error_class, outcome):
    server = serve(turn)

    with pytest.raises(VendorError) as caught:
        erase(blueshift(server.url))

    assert (type(caught.value), caught.value.outcome) == (error_class, outcome)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.ACCEPTED, "Accepted by Blueshift. Not yet proof."),
        (Outcome.ABSENT, "No such customer in this account."),
        (Outcome.ABSENT_UNSURE, "No such customer in this account."),
        (Outcome.WRONG_ADDRESS, "Check the address of this account."),
    ],
)
def test_each_outcome_has_its_words_without_an_instance(outcome, words):
    assert BlueshiftClient.meaning(outcome) == words
    assert set(BlueshiftClient.words) == set(Outcome)


def test_a_search_asks_for_the_address_as_it_is_spelled(serve, blueshift):
    server = serve(says_json("200 OK", {"users": [], "user": None}))

    blueshift(server.url).look("email", "Ann+shop@Example.org")

    [request] = server.requests
    assert (request.method, urlsplit(request.target).path) == ("GET", "/api/v1/customers")
    assert parse_qs(urlsplit(request.target).query) == {"email": ["Ann+shop@Example.org"]}


def test_a_search_reads_loose_types(serve, blueshift):
    server = serve(says_json("200 OK", {"users": [CUSTOMER], "user": CUSTOMER}))

    look = blueshift(server.url).look("email", "ann@example.org")

    [profile] = look.profiles
    assert (profile.uuid, profile.customer_id, profile.email) == (UUID_1, "4711", "Ann+shop@Example.org")
    assert (profile.unsubscribed, profile.unsubscribed_at) == (True, "2024-02-03T04:05:06+00:00")
    assert (profile.created_at, profile.fields) == ("2020-01-01T00:00:00+00:00", {"loyalty": "gold"})
    assert profile.personal


def test_a_search_counts_every_profile_of_an_address(serve, blueshift):
    users = [{**CUSTOMER, "uuid": f"u-{n}", "custom_attributes": {"note": "x" * 5_000}} for n in range(120)]
    server = serve(says_json("200 OK", {"users": users, "user": users[0]}))

    assert len(blueshift(server.url).look("email", "ann@example.org").profiles) == 120


@pytest.mark.parametrize("users", [[], None, [{"uuid": UUID_2, "email": "ann@example.org"}]])
def test_a_most_relevant_user_missing_in_the_list_is_counted_too(serve, blueshift, users):
    server = serve(says_json("200 OK", {"users": users, "user": CUSTOMER}))

    look = blueshift(server.url).look("email", "ann@example.org")

    assert UUID_1 in [profile.uuid for profile in look.profiles]
    assert len(look.profiles) == len(users or []) + 1


@pytest.mark.parametrize(
    ("said", "unsubscribed"), [(True, True), ("1", True), (False, False), (None, None), ("?", None)]
)
def test_what_the_vendor_does_not_say_is_not_a_subscription(serve, blueshift, said, unsubscribed):
    server = serve(says_json("200 OK", {"users": [{"uuid": UUID_1, "unsubscribed": said}]}))

    assert blueshift(server.url).look("email", "ann@example.org").profiles[0].unsubscribed is unsubscribed


def test_a_forgotten_customer_is_found_but_not_personal(serve, blueshift):
    tombstone = {
        "uuid": UUID_1,
        "email": None,
        "customer_id": "",
        "custom_attributes": {"loyalty": None},
        "device_ids": [],
        "last_location_city": None,
        "unsubscribed": True,
        "created_at": "2020-01-01T00:00:00Z",
        "lifetime_orders": 0,
    }
    server = serve(says_json("200 OK", {"customer": tombstone}))

    assert [profile.personal for profile in blueshift(server.url).look_by_uuid(UUID_1).profiles] == [False]


@pytest.mark.parametrize("left", [{"last_location_city": "Ulm"}, {"device_tokens": ["t"]}, {"customer_id": "7"}])
def test_a_record_with_any_personal_field_left_is_personal(serve, blueshift, left):
    server = serve(says_json("200 OK", {"customer": {"uuid": UUID_1, **left}}))

    assert blueshift(server.url).look_by_uuid(UUID_1).profiles[0].personal


def test_a_customer_is_got_by_uuid(serve, blueshift):
    server = serve(says_json("200 OK", {"customer": CUSTOMER}))

    look = blueshift(server.url).look_by_uuid(UUID_1)

    assert (server.requests[0].method, server.requests[0].target) == ("GET", f"/api/v1/customers/{UUID_1}")
    assert [profile.uuid for profile in look.profiles] == [UUID_1]


@pytest.mark.parametrize("uuid", ["", "..", "a/b", "a?email=x", "ann@example.org"])
def test_what_is_no_uuid_never_reaches_a_path(blueshift, uuid):
    with pytest.raises(ValueError, match="not a uuid"):
        blueshift("http://127.0.0.1:1").look_by_uuid(uuid)


NOBODY = [{}, {"users": []}, {"users": [], "user": None}, {"users": None, "user": None}, {"users": [], "user": {}}]


@pytest.mark.parametrize("body", NOBODY)
def test_a_search_that_finds_nobody_is_surely_absent(serve, blueshift, body):
    server = serve(says_json("200 OK", body))

    assert blueshift(server.url).look("email", "ann@example.org").profiles == ()


@pytest.mark.parametrize("body", [{"message": "Customer not found"}, {"errors": [{"detail": "User not found"}]}])
def test_a_json_404_of_a_look_is_absent(serve, blueshift, body):
    server = serve(says_json("404 Not Found", body))
    client = blueshift(server.url)

    assert client.look("email", "ann@example.org").profiles == ()
    assert client.look_by_uuid(UUID_1).profiles == ()


@pytest.mark.parametrize("body", [{}, {"customer": None}, {"customer": {}}])
def test_a_uuid_without_a_customer_is_absent(serve, blueshift, body):
    server = serve(says_json("200 OK", body))

    assert blueshift(server.url).look_by_uuid(UUID_1).profiles == ()


LOOK_ANSWERS = [
    (says_json("404 Not Found", UNROUTED), Outcome.WRONG_ADDRESS),
    (says("404 Not Found", PAGE, **HTML), Outcome.WRONG_ADDRESS),
    (says("404 Not Found"), Outcome.ABSENT_UNSURE),
    (says("404 Not Found", b"not found"), Outcome.ABSENT_UNSURE),
    (says("200 OK", PAGE, **HTML), Outcome.HTML_SUCCESS),
    (says("200 OK"), Outcome.UNKNOWN),
    (says_json("200 OK", []), Outcome.UNKNOWN),
    (says_json("200 OK", OK), Outcome.UNKNOWN),
    (says_json("200 OK", {"success": False, "users": []}), Outcome.UNKNOWN),
    (says_json("200 OK", {"errors": ["x"], "users": []}), Outcome.UNKNOWN),
    (says_json("200 OK", {"users": {}}), Outcome.UNKNOWN),
    (says_json("200 OK", {"users": "none"}), Outcome.UNKNOWN),
    (says_json("200 OK", {"users": [None]}), Outcome.UNKNOWN),
    (says_json("200 OK", {"users": ["x"]}), Outcome.UNKNOWN),
    (says_json("200 OK", {"users": [{"email": "ann@example.org"}]}), Outcome.UNKNOWN),
    (says_json("200 OK", {"users": [{"uuid": "../x"}]}), Outcome.UNKNOWN),
    (says_json("200 OK", {"users": [], "user": "x"}), Outcome.UNKNOWN),
    (says_json("202 Accepted", {"users": []}), Outcome.UNKNOWN),
    (says("500 Internal Server Error"), Outcome.MAYBE_ARRIVED),
    (says("302 Found", location="/login"), Outcome.REDIRECTED),
    (says("401 Unauthorized"), Outcome.KEY_REFUSED),
    (says("503 Service Unavailable"), Outcome.BUSY),
]


@pytest.mark.parametrize(("turn", "outcome"), LOOK_ANSWERS)
def test_a_doubtful_look_is_never_absent(serve, blueshift, turn, outcome):
    server = serve(turn)

    with pytest.raises(VendorError) as caught:
        blueshift(server.url).look("email", "ann@example.org")

    assert caught.value.outcome is outcome


def test_a_check_searches_for_a_person_who_cannot_exist(serve, blueshift):
    server = serve(says_json("200 OK", {}))

    blueshift(server.url).check()

    [request] = server.requests
    assert request.method == "GET"
    assert parse_qs(urlsplit(request.target).query)["email"][0].endswith(".invalid")


@pytest.mark.parametrize("kind", ["customer_id", "cookie", "device_id"])
def test_a_search_takes_addresses_only(blueshift, kind):
    with pytest.raises(ValueError, match="This call takes email"):
        blueshift("http://127.0.0.1:1").look(kind, "x")


@pytest.mark.parametrize("kind", ["uuid", "phone_number"])
def test_a_deletion_takes_no_other_identifier(blueshift, kind):
    with pytest.raises(ValueError, match="This call takes cookie"):
        erase(blueshift("http://127.0.0.1:1"), "x", kind)
