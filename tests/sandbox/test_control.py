"""The control interface under /_sandbox/."""

import pytest

from tests.sandbox.vendor_calls import AGENT


def test_the_journal_tells_what_arrived(bento, sandbox):
    bento.delete("ada@example.com", X_Request_Id="attempt-1", Idempotency_Key="erasure-1")

    [entry] = sandbox.journal()
    assert entry["body"]["data_deletion_request"] == {"email": "ada@example.com"}
    assert {
        name: entry[name] for name in ("vendor", "action", "method", "path", "identifiers", "status", "effect")
    } == {
        "vendor": "bento",
        "action": "delete",
        "method": "POST",
        "path": "/api/v1/data_deletion_requests",
        "identifiers": ["ada@example.com"],
        "status": 202,
        "effect": True,
    }
    assert (entry["request_id"], entry["idempotency_key"], entry["user_agent"]) == ("attempt-1", "erasure-1", AGENT)
    assert (entry["fault"], entry["in_flight"]) == ("", 1)


def test_the_journal_knows_the_answers_id_and_the_connection(bento, sandbox):
    answers = [bento.get("fetch/tags"), bento.find(email="ada@example.com")]

    entries = sandbox.journal()
    assert [entry["reply_id"] for entry in entries] == [answer.headers["x-request-id"] for answer in answers]
    assert len({entry["connection"] for entry in entries}) == 1


def test_refused_requests_are_in_the_journal_too(bento, sandbox):
    bento.delete("ada@example.com", User_Agent=None)

    [entry] = sandbox.deletions("ada@example.com")
    assert (entry["status"], entry["effect"]) == (403, False)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 3),
        ({"vendor": "bento"}, 2),
        ({"action": "find"}, 1),
        ({"address": "ADA@example.com"}, 2),
        ({"vendor": "bento", "address": "ada@example.com"}, 1),
        ({"after": 2}, 1),
    ],
)
def test_the_journal_can_be_filtered(bento, blueshift, sandbox, filters, count):
    bento.find(email="alan@example.com")
    bento.delete("ada@example.com")
    blueshift.delete(email="ada@example.com")

    assert len(sandbox.journal(**filters)) == count


def test_people_can_be_listed_by_address(sandbox):
    people = sandbox.people("Grace.hopper@example.com")

    assert [len(people[vendor]) for vendor in ("bento", "blueshift")] == [1, 1]


def test_people_can_be_added_changed_and_removed(bento, sandbox):
    [uuid] = sandbox.add("bento", "new@example.com", tags=["vip"], fields={"a": "b"})
    sandbox.change(uuid, email="newer@example.com", unsubscribed_at="2024-01-01T00:00:00.000Z")
    changed = bento.attributes(email="newer@example.com")
    sandbox.remove(uuid)

    assert (changed["uuid"], changed["unsubscribed_at"]) == (uuid, "2024-01-01T00:00:00.000Z")
    assert bento.find(email="newer@example.com").json == {}


@pytest.mark.parametrize(
    "wishes",
    [
        {"vendor": "mailchimp"},
        {"vendor": "bento", "shoe_size": 43},
        {"vendor": "bento", "tags": "vip"},
        {"vendor": "bento", "refusal": "never"},
        {"vendor": "blueshift", "profiles": 0},
        {"vendor": "blueshift", "customer_ids": "1"},
    ],
)
def test_a_person_who_makes_no_sense_is_refused_in_a_sentence(sandbox, wishes):
    with pytest.raises(ValueError, match=r"\.$"):
        sandbox.add(email="new@example.com", **wishes)


def test_an_integration_brings_a_person_back_subscribed_with_a_new_uuid(bento, sandbox):
    old = bento.attributes(email="alan@example.com")
    bento.delete("alan@example.com")

    [uuid] = sandbox.recreate("bento", "alan@example.com", fields={"source": "shopify"})

    new = bento.attributes(email="alan@example.com")
    assert new["uuid"] == uuid != old["uuid"]
    assert (old["unsubscribed_at"] is None, new["unsubscribed_at"]) == (False, None)


def test_settings_are_read_and_changed(sandbox):
    changed = sandbox.settings(delay=1.5, bento_import_delay=3)

    assert (changed["blueshift_delay"], changed["bento_import_delay"]) == (1.5, 3)
    assert sandbox.settings() == changed


@pytest.mark.parametrize(
    "wishes",
    [{"colour": "red"}, {"delay": -1}, {"bento_search": "ajar"}, {"bento_search": []}, {"bento_case_sensitive": 1}],
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(sandbox, wishes):
    with pytest.raises(ValueError, match=r"\.$"):
        sandbox.settings(**wishes)


def test_a_reset_starts_afresh(bento, sandbox):
    sandbox.settings(delay=60, bento_deletions_per_day=1)
    sandbox.fault(status=503, times=0)
    bento.delete("ada@example.com")

    sandbox.reset()

    assert (sandbox.faults(), sandbox.journal(), sandbox.settings()["blueshift_delay"]) == ([], [], 0)
    assert bento.delete("ada@example.com").status == 202


def test_a_reset_may_leave_nobody(sandbox):
    sandbox.reset(seeds=False)

    assert sandbox.people() == {"bento": [], "blueshift": [], "tags": {}}


def test_the_page_shows_people_and_requests_and_escapes_them(bento, sandbox):
    sandbox.add("bento", "<script>@example.com")
    bento.delete("ada@example.com")

    page = bento.call("GET", "/_sandbox/").body.decode()

    assert "alan@example.com" in page
    assert "&lt;script&gt;@example.com" in page
    assert "<tr><td>bento</td><td>delete</td><td>202</td><td>1</td></tr>" in page


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_sandbox/health", None, 200),
        ("GET", "/_sandbox/nowhere", None, 404),
        ("GET", "/_sandbox/journal?after=x", None, 400),
        ("POST", "/_sandbox/people", '{"people": ["ada"]}', 400),
        ("POST", "/_sandbox/people", "[]", 400),
        ("POST", "/_sandbox/clock", '{"advance": "soon"}', 400),
        ("DELETE", "/_sandbox/people/nobody", None, 400),
    ],
)
def test_the_interface_answers_every_question(bento, method, path, body, status):
    assert bento.call(method, path, body).status == status
