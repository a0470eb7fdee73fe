"""Blueshift's customers: delete, forget, unforget, search and get."""

import pytest

FLAG = "delete_all_matching_customers"
ALL = f"?{FLAG}=true"


def test_a_deletion_is_answered_ok_and_removes_the_profile(blueshift):
    answer = blueshift.delete(email="ada@example.com")

    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert blueshift.users("ada@example.com") == []


@pytest.mark.parametrize("identifier", [{"customer_id": "1001"}, {"cookie": "cookie-ada"}, {"device_id": "device-ada"}])
def test_every_identifier_of_the_page_is_taken(blueshift, identifier):
    blueshift.delete(**identifier)

    assert blueshift.users("ada@example.com") == []


def test_several_identifiers_must_all_match(blueshift):
    blueshift.delete(email="ada@example.com", customer_id="1002")

    assert len(blueshift.users("ada@example.com")) == 1


@pytest.mark.parametrize("body", [{}, {"email": ""}, {"email": None}, {"uuid": "x"}, {FLAG: True}])
@pytest.mark.parametrize("act", ["delete", "forget", "unforget"])
def test_an_identifier_is_needed(blueshift, act, body):
    answer = blueshift.post_json(f"/api/v1/customers/{act}", body)

    assert (answer.status, answer.json) == (400, {"errors": {"email": ["can't be blank"]}})


@pytest.mark.parametrize(("query", "body", "left"), [("", {}, 2), (ALL, {}, 0), ("", {FLAG: True}, 0)])
def test_only_the_first_match_goes_without_the_flag(blueshift, query, body, left):
    blueshift.delete(query=query, email="margaret@example.com", **body)

    assert len(blueshift.users("margaret@example.com")) == left


@pytest.mark.parametrize(
    ("place", "query", "body", "left"),
    [("query", "", {FLAG: True}, 2), ("query", ALL, {}, 0), ("body", ALL, {}, 2), ("body", "", {FLAG: True}, 0)],
)
def test_the_flag_may_count_in_one_place_only(blueshift, sandbox, place, query, body, left):
    sandbox.settings(blueshift_flag=place)

    blueshift.delete(query=query, email="margaret@example.com", **body)

    assert len(blueshift.users("margaret@example.com")) == left


def test_a_form_is_read_like_json(blueshift):
    blueshift.call("POST", "/api/v1/customers/delete", f"email=margaret%40example.com&{FLAG}=true")

    assert blueshift.users("margaret@example.com") == []


@pytest.mark.parametrize(("count", "left"), [(1, 0), (50, 0), (51, 1), (100, 50), (101, 51)])
def test_a_request_deletes_fifty_at_most(blueshift, sandbox, count, left):
    sandbox.add("blueshift", "many@example.com", profiles=count)

    blueshift.delete(query=ALL, email="many@example.com")

    assert len(blueshift.users("many@example.com")) == left


def test_profiles_stay_visible_until_the_delay_is_over(blueshift, sandbox):
    sandbox.settings(blueshift_delay=7200)
    blueshift.delete(query=ALL, email="dennis@example.com")

    before = len(blueshift.users("dennis@example.com"))
    sandbox.advance(7201)

    assert (before, len(blueshift.users("dennis@example.com"))) == (120, 70)


@pytest.mark.parametrize(("rematches", "left"), [(False, 20), (True, 70)])
def test_a_second_request_may_meet_the_same_fifty(blueshift, sandbox, rematches, left):
    sandbox.settings(blueshift_delay=7200, blueshift_rematches_leaving=rematches)

    for _ in range(2):
        blueshift.delete(query=ALL, email="dennis@example.com")
    sandbox.settle()

    assert len(blueshift.users("dennis@example.com")) == left


@pytest.mark.parametrize(
    ("style", "status", "body"),
    [
        ("ok", 200, b'{"status": "ok"}'),
        ("json404", 404, b'{"message": "Customer not found"}'),
        ("empty404", 404, b""),
    ],
)
def test_an_unknown_customer_is_answered_in_several_ways(blueshift, sandbox, style, status, body):
    sandbox.settings(blueshift_unknown=style)

    answer = blueshift.delete(email="nobody@example.com")

    assert (answer.status, answer.body) == (status, body)
    assert [entry["effect"] for entry in sandbox.deletions()] == [False]


def test_an_unknown_customer_may_be_answered_by_a_web_page(blueshift, sandbox):
    sandbox.settings(blueshift_unknown="html404")

    assert blueshift.forget(email="nobody@example.com").headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_sticky_profile_is_accepted_and_stays(blueshift):
    answer = blueshift.delete(email="sticky@example.com")

    assert answer.status == 200
    assert len(blueshift.users("sticky@example.com")) == 1


def test_forget_leaves_a_tombstone_that_the_search_finds(blueshift):
    blueshift.forget(email="ada@example.com")

    [user] = blueshift.users("ada@example.com")
    personal = ("email", "email_hash", "customer_id", "firstname", "lastname", "cookie")
    assert [user.get(name) for name in personal] == [None] * 6
    assert (user["custom_attributes"], user["device_ids"]) == ({}, [])


def test_a_forgotten_person_stays_out_until_unforgotten(blueshift, sandbox):
    blueshift.forget(email="ada@example.com")
    kept_out = sandbox.recreate("blueshift", "ada@example.com")

    blueshift.unforget(customer_id="1001")

    assert kept_out == []
    assert len(sandbox.recreate("blueshift", "ada@example.com")) == 1


def test_a_tombstone_can_be_deleted(blueshift):
    blueshift.forget(email="ada@example.com")

    blueshift.delete(email="ada@example.com")

    assert blueshift.users("ada@example.com") == []


def test_search_shows_all_matches_and_the_first_again(blueshift):
    answer = blueshift.search("margaret@example.com").json

    assert [user["customer_id"] for user in answer["users"]] == ["2001", "2002", None]
    assert answer["user"] == answer["users"][0]


def test_a_profile_has_the_documented_keys(blueshift):
    [user] = blueshift.users("alan@example.com")

    assert len(user) == 57
    assert (user["firstname"], user["unsubscribed"], user["email_hash"]) == (
        "Alan",
        True,
        "f8982b840983da7dc8a79668bceb02eb",
    )


@pytest.mark.parametrize(
    ("style", "status", "body"),
    [
        ("empty", 200, {"users": [], "user": None}),
        ("object", 200, {}),
        ("json404", 404, {"message": "Customer not found"}),
    ],
)
def test_nobody_found_has_several_shapes(blueshift, sandbox, style, status, body):
    sandbox.settings(blueshift_nobody=style)

    answer = blueshift.search("nobody@example.com")

    assert (answer.status, answer.json) == (status, body)


def test_the_search_may_hide_what_is_over_its_cap(blueshift, sandbox):
    sandbox.settings(blueshift_search_cap=100)

    assert len(blueshift.users("dennis@example.com")) == 100


def test_search_takes_an_email_only(blueshift):
    assert blueshift.call("GET", "/api/v1/customers?customer_id=1001").status == 400


def test_capitals_do_not_matter_unless_set_otherwise(blueshift, sandbox):
    lenient = blueshift.users("grace.hopper@example.com")
    sandbox.settings(blueshift_case_sensitive=True)

    assert (len(lenient), blueshift.users("grace.hopper@example.com")) == (1, [])


def test_a_profile_is_got_by_its_uuid(blueshift):
    [user] = blueshift.users("ada@example.com")

    assert blueshift.call("GET", f"/api/v1/customers/{user['uuid']}").json == {"customer": user}
    assert blueshift.call("GET", "/api/v1/customers/unknown").json == {"customer": None}


@pytest.mark.parametrize("header", [None, "Basic dXNlcjo=", "Basic c2FuZGJveA=="])
def test_a_wrong_key_is_not_authorized(blueshift, header):
    answer = blueshift.call("GET", "/api/v1/customers?email=ada@example.com", Authorization=header)

    assert (answer.status, answer.json) == (401, {"message": "Not authorized"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/customer/delete"),
        ("POST", "/api/v1/customersdelete"),
        ("GET", "/nowhere"),
        ("DELETE", "/api/v1/customers"),
        ("GET", "/api/v1/customers/a/b"),
    ],
)
def test_an_unrouted_path_says_so_in_its_own_words(blueshift, method, path):
    answer = blueshift.call(method, path)

    assert (answer.status, answer.json) == (404, {"status": "404", "error": "Not Found"})


def test_the_limit_per_second_holds(blueshift, sandbox):
    sandbox.settings(blueshift_per_second=1, retry_after=7)

    answers = [blueshift.search("ada@example.com") for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 429]
    assert (answers[1].json, answers[1].headers["Retry-After"]) == ({"message": "Rate limit exceeded"}, "7")


def test_an_unreadable_body_is_invalid(blueshift):
    assert blueshift.call("POST", "/api/v1/customers/delete", "{", Content_Type="application/json").status == 400
