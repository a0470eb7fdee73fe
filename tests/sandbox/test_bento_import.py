"""POST /v1/batch/subscribers."""

import pytest


def test_an_import_creates_people_with_everything_the_page_names(bento):
    item = {
        "email": "new@example.com",
        "first_name": "New",
        "last_name": "Comer",
        "tags": "vip, customer",
        "utm_source": "newsletter",
        "created_at": "2020-01-02T03:04:05Z",
        "lifetime_value_currency": "USD",
        "lifetime_value_amount": 1000,
        "shoe_size": "43",
    }

    answer = bento.post("batch/subscribers", subscribers=[item])

    found = bento.attributes(email="new@example.com")
    assert (answer.status, answer.json) == (200, {"results": 1, "failed": 0})
    assert len(found["cached_tag_ids"]) == 2
    assert found["fields"] == {
        name: value for name, value in item.items() if name not in ("email", "tags", "created_at")
    }


def test_an_import_merges_into_somebody_known(bento):
    bento.post(
        "batch/subscribers", subscribers=[{"email": "ada@example.com", "plan": "free", "remove_tags": "customer"}]
    )

    found = bento.attributes(email="ada@example.com")
    assert found["fields"] == {"first_name": "Ada", "last_name": "Lovelace", "plan": "free"}
    assert len(found["cached_tag_ids"]) == 1


def test_an_import_takes_the_old_command_of_a_row(bento):
    bento.post("batch/subscribers", subscribers=[{"email": "ada@example.com", "command": "unsubscribe"}])

    assert bento.attributes(email="ada@example.com")["unsubscribed_at"]


@pytest.mark.parametrize(
    "item",
    [
        "new@example.com",
        {},
        {"email": "nowhere"},
        {"email": "new@example.com", "fields": {"a": 1}},
        {"email": "new@example.com", "created_at": "yesterday"},
    ],
)
def test_an_unreadable_row_is_counted_as_failed(bento, item):
    answer = bento.post("batch/subscribers", subscribers=[item, {"email": "good@example.com"}])

    assert (answer.status, answer.json) == (200, {"results": 1, "failed": 1})


def test_an_import_takes_its_time(bento, sandbox):
    sandbox.settings(bento_import_delay=300)
    bento.post("batch/subscribers", subscribers=[{"email": "new@example.com"}])

    before = bento.find(email="new@example.com").json
    sandbox.advance(300)

    assert before == {}
    assert bento.attributes(email="new@example.com")


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (1000, 200), (1001, 400)])
def test_a_call_holds_one_to_a_thousand_subscribers(bento, count, status):
    subscribers = [{"email": f"p{number}@example.com"} for number in range(count)]

    assert bento.post("batch/subscribers", subscribers=subscribers).status == status


def test_the_reply_can_be_that_of_the_page(bento, sandbox):
    sandbox.settings(bento_replies="page")

    answer = bento.post("batch/subscribers", subscribers=[{"email": "new@example.com"}])

    assert answer.json == {"result": 1}
