"""GET and POST /v1/fetch/subscribers, and the tags behind the ids."""

import pytest


def test_a_subscriber_is_shown_as_on_the_page(bento):
    record = bento.find(email="alan@example.com").json["data"]

    assert record["type"] == "visitors"
    assert record["id"].isdigit()
    assert record["attributes"] | {"uuid": ""} == {
        "uuid": "",
        "email": "alan@example.com",
        "fields": {
            "first_name": "Alan",
            "last_name": "Turing",
            "abuse_note": "Chargeback dispute in 2023, case 4711",
        },
        "cached_tag_ids": ["174"],
        "unsubscribed_at": "2023-03-14T15:09:26.000Z",
        "navigation_url": f"/account/visitors/visitor_{record['id']}",
    }


def test_tags_have_names(bento):
    tags = bento.get("fetch/tags").json["data"]

    assert {tag["id"]: tag["attributes"]["name"] for tag in tags}["174"] == "customer"


def test_a_fresh_subscriber_has_null_fields(bento):
    assert bento.attributes(email="katherine@example.com")["fields"] is None


def test_a_uuid_is_found_with_and_without_dashes(bento):
    uuid = bento.attributes(email="ada@example.com")["uuid"]

    emails = [bento.attributes(uuid=spelling)["email"] for spelling in (uuid, uuid.replace("-", ""))]

    assert emails == ["ada@example.com"] * 2


@pytest.mark.parametrize(
    ("style", "status", "body"),
    [
        ("empty", 200, b"{}"),
        ("null", 200, b'{"data": null}'),
        ("json404", 404, b'{"error": "Not Found"}'),
        ("error500", 500, b'{"error": "Internal Server Error"}'),
    ],
)
def test_nobody_found_has_several_shapes(bento, sandbox, style, status, body):
    sandbox.settings(bento_not_found=style)

    answer = bento.find(email="nobody@example.com")

    assert (answer.status, answer.body) == (status, body)


def test_nobody_found_may_be_a_web_page(bento, sandbox):
    sandbox.settings(bento_not_found="html404")

    answer = bento.find(uuid="not-a-uuid")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_find_needs_an_address_or_a_uuid(bento):
    assert bento.find().status == 400


def test_create_is_visible_at_once(bento, sandbox):
    sandbox.settings(delay=300)

    created = bento.post("fetch/subscribers", subscriber={"email": "new@example.com"})

    assert created.status == 201
    assert bento.find(email="new@example.com").json == created.json


def test_create_answers_somebody_already_known_as_found(bento):
    known = bento.find(email="ada@example.com").json

    answer = bento.post("fetch/subscribers", subscriber={"email": "ada@example.com"})

    assert (answer.status, answer.json) == (200, known)


def test_create_needs_its_wrapper(bento):
    assert bento.post("fetch/subscribers", email="new@example.com").status == 400
