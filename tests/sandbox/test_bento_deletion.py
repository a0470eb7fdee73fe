"""POST /v1/data_deletion_requests, as its page has it."""

from urllib.parse import urlencode

import pytest

DAY = 24 * 60 * 60


def test_a_known_visitor_is_queued(bento):
    answer = bento.delete("ada@example.com")

    assert (answer.status, answer.json) == (202, {"status": "queued_for_anonymization"})


def test_an_unknown_visitor_is_not_found(bento):
    answer = bento.delete("nobody@example.com")

    assert (answer.status, answer.json) == (404, {"error": "visitor_not_found"})


@pytest.mark.parametrize(
    ("email", "body"),
    [
        ("rejected@example.com", {"error": "Visitor could not be updated"}),
        ("invalid@example.com", {"errors": [{"field": "email", "message": "could not be anonymized"}]}),
    ],
)
def test_a_refused_visitor_is_answered_in_one_of_two_shapes(bento, email, body):
    answer = bento.delete(email)

    assert (answer.status, answer.json) == (422, body)


@pytest.mark.parametrize("form", ["", "data_deletion_request=ada@example.com", "data_deletion_request[email]="])
def test_a_request_without_an_address_is_invalid(bento, form):
    answer = bento.call("POST", f"/api/v1/data_deletion_requests?site_uuid={bento.site}", form)

    assert answer.status == 400
    assert answer.json["errors"][0]["field"] == "email"


@pytest.mark.parametrize("path", ["/api/v1/data_deletion_requests", "/v1/data_deletion_requests/"])
def test_json_is_read_like_a_form_on_every_spelling_of_the_path(bento, path):
    answer = bento.post_json(
        path, {"site_uuid": bento.site, "data_deletion_request": {"email": "linus+news@example.com"}}
    )

    assert answer.status == 202


def test_a_plus_survives_only_when_it_was_encoded(bento, sandbox):
    bento.call(
        "POST", "/api/v1/data_deletion_requests", f"site_uuid={bento.site}&data_deletion_request[email]=a+b@example.com"
    )
    bento.delete("linus+news@example.com")

    assert [entry["identifiers"] for entry in sandbox.deletions()] == [["a b@example.com"], ["linus+news@example.com"]]


def test_capitals_matter_unless_set_otherwise(bento, sandbox):
    strict = bento.delete("grace.hopper@example.com")
    sandbox.settings(bento_case_sensitive=False)
    lenient = bento.delete("grace.hopper@example.com")

    assert (strict.status, lenient.status) == (404, 202)


def test_the_visitor_stays_visible_until_the_delay_is_over(bento, sandbox):
    sandbox.settings(bento_anonymize_delay=300)
    bento.delete("ada@example.com")

    before = bento.find(email="ada@example.com").json
    sandbox.advance(301)
    after = bento.find(email="ada@example.com").json

    assert before["data"]["attributes"]["email"] == "ada@example.com"
    assert after == {}


def test_the_anonymized_record_can_be_found_by_its_uuid(bento):
    uuid = bento.attributes(email="ada@example.com")["uuid"]

    bento.delete("ada@example.com")

    found = bento.attributes(uuid=uuid)
    assert (found["email"], found["fields"], found["cached_tag_ids"]) == ("", {}, [])


def test_a_repeated_deletion_finds_nobody(bento):
    answers = [bento.delete("ada@example.com").status for _ in range(2)]

    assert answers == [202, 404]


def test_a_sticky_visitor_is_accepted_and_stays(bento):
    answer = bento.delete("sticky@example.com")

    assert answer.status == 202
    assert bento.attributes(email="sticky@example.com")["email"] == "sticky@example.com"


def test_the_day_quota_counts_every_request_and_rolls(bento, sandbox):
    sandbox.settings(bento_deletions_per_day=2)

    statuses = [bento.delete(email).status for email in ("nobody@example.com", "ada@example.com", "alan@example.com")]
    sandbox.advance(DAY + 1)

    assert statuses == [404, 202, 429]
    assert bento.delete("alan@example.com").status == 202


@pytest.mark.parametrize(("wish", "header"), [("", None), ("30", "30"), ("soon", "soon")])
def test_a_refusal_by_quota_carries_retry_after_on_demand(bento, sandbox, wish, header):
    sandbox.settings(bento_deletions_per_day=1, retry_after=wish)
    bento.delete("ada@example.com")

    answer = bento.delete("alan@example.com")

    assert (answer.status, answer.headers.get("Retry-After")) == (429, header)


def test_deletion_knows_no_other_method(bento):
    query = urlencode({"site_uuid": bento.site, "data_deletion_request[email]": "ada@example.com"})

    answer = bento.call("GET", f"/api/v1/data_deletion_requests?{query}")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
