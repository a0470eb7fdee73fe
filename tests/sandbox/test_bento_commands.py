"""POST /v1/fetch/commands: eight commands, queued."""

import pytest

CREATING = [
    ("add_tag", "vip"),
    ("add_tag_via_event", "vip"),
    ("add_field", {"key": "plan", "value": "pro"}),
    ("subscribe", None),
    ("unsubscribe", None),
]
NOT_CREATING = [("remove_tag", "vip"), ("remove_field", "plan"), ("change_email", "other@example.com")]


@pytest.mark.parametrize(("command", "query"), CREATING)
def test_these_commands_create_whom_they_do_not_find(bento, command, query):
    answer = bento.command(command, "new@example.com", query)

    assert (answer.status, answer.json) == (200, {"results": 1})
    assert bento.attributes(email="new@example.com")["email"] == "new@example.com"


@pytest.mark.parametrize(("command", "query"), NOT_CREATING)
def test_these_commands_leave_unknown_people_unknown(bento, command, query):
    answer = bento.command(command, "new@example.com", query)

    assert (answer.status, answer.json) == (200, {"results": 1})
    assert bento.find(email="new@example.com").json == {}


def test_tags_come_and_go(bento):
    bento.command("add_tag", "katherine@example.com", "vip")
    bento.command("add_tag_via_event", "katherine@example.com", "new tag")
    before = bento.attributes(email="katherine@example.com")["cached_tag_ids"]
    bento.command("remove_tag", "katherine@example.com", "vip")

    assert len(before) == 2
    assert bento.attributes(email="katherine@example.com")["cached_tag_ids"] == before[1:]


def test_fields_come_and_go(bento):
    bento.command("add_field", "katherine@example.com", {"key": "plan", "value": "pro"})
    before = bento.attributes(email="katherine@example.com")["fields"]
    bento.command("remove_field", "katherine@example.com", "plan")

    assert (before, bento.attributes(email="katherine@example.com")["fields"]) == ({"plan": "pro"}, {})


def test_a_repeated_unsubscribe_moves_the_date_and_subscribe_clears_it(bento):
    first = bento.attributes(email="alan@example.com")["unsubscribed_at"]
    bento.command("unsubscribe", "alan@example.com")
    second = bento.attributes(email="alan@example.com")["unsubscribed_at"]
    bento.command("subscribe", "alan@example.com")

    assert second > first
    assert bento.attributes(email="alan@example.com")["unsubscribed_at"] is None


def test_an_address_changes_and_the_uuid_stays(bento):
    uuid = bento.attributes(email="Grace.Hopper@example.com")["uuid"]

    bento.command("change_email", "Grace.Hopper@example.com", "grace.hopper@example.com")

    assert bento.find(email="Grace.Hopper@example.com").json == {}
    assert bento.attributes(email="grace.hopper@example.com")["uuid"] == uuid


def test_an_address_does_not_change_into_somebody_elses(bento):
    bento.command("change_email", "ada@example.com", "alan@example.com")

    assert bento.attributes(email="ada@example.com")["email"] == "ada@example.com"


def test_a_uuid_may_stand_for_the_address(bento):
    uuid = bento.attributes(email="ada@example.com")["uuid"]

    bento.post("fetch/commands", command=[{"command": "unsubscribe", "uuid": uuid}])

    assert bento.attributes(email="ada@example.com")["unsubscribed_at"]


def test_a_command_takes_its_time(bento, sandbox):
    sandbox.settings(bento_command_delay=60)
    bento.command("unsubscribe", "ada@example.com")

    before = bento.attributes(email="ada@example.com")["unsubscribed_at"]
    sandbox.settle()

    assert before is None
    assert bento.attributes(email="ada@example.com")["unsubscribed_at"]


def test_a_single_object_stands_for_a_list_of_one(bento):
    answer = bento.post("fetch/commands", command={"command": "add_tag", "email": "ada@example.com", "query": "vip"})

    assert answer.json == {"results": 1}


def test_a_form_is_read_like_json(bento):
    form = "command[][command]=add_tag&command[][email]=a@example.com&command[][query]=x" + (
        "&command[][command]=unsubscribe&command[][email]=b@example.com"
    )

    answer = bento.call("POST", f"/api/v1/fetch/commands?site_uuid={bento.site}", form)

    assert answer.json == {"results": 2}
    assert bento.attributes(email="b@example.com")["unsubscribed_at"]


@pytest.mark.parametrize(
    "item",
    [
        "unsubscribe",
        {"command": "explode", "email": "ada@example.com"},
        {"command": ["unsubscribe"], "email": "ada@example.com"},
        {"command": "unsubscribe"},
        {"command": "add_tag", "email": "ada@example.com"},
        {"command": "add_field", "email": "ada@example.com", "query": "plan:pro"},
        {"command": "change_email", "email": "ada@example.com", "query": "nowhere"},
    ],
)
def test_an_item_that_says_nothing_is_not_counted(bento, item):
    good = {"command": "unsubscribe", "email": "ada@example.com"}

    answer = bento.post("fetch/commands", command=[item, good])

    assert (answer.status, answer.json) == (200, {"results": 1})


@pytest.mark.parametrize("command", [None, [], "unsubscribe", [{"command": "subscribe", "email": "a@b.com"}] * 101])
def test_a_call_holds_one_to_a_hundred_commands(bento, command):
    assert bento.post("fetch/commands", command=command).status == 400


def test_replies_can_be_those_of_the_page(bento, sandbox):
    sandbox.settings(bento_replies="page", bento_command_delay=300)

    answer = bento.command("add_field", "ada@example.com", {"key": "plan", "value": "free"})

    assert answer.json["data"]["attributes"]["fields"]["plan"] == "free"
