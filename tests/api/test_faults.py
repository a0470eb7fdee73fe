"""What is wrong is said in words that help, and never repeats what was sent."""

import json
import sqlite3

import pytest
from django.db import connection

from apps.api.views.faults import _fault

CHECK = "/suppression/check"
SECRET = "ann@example.org"
GOOD = {"kind": "email", "value": SECRET}


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/tickets", {"identifiers": {"email": "ann"}}, "identifiers.email"),
        (
            "/suppression/lift",
            {"identifier": {"kind": "email", "value": "ann"}, "reason": "came_back", "evidence": "x"},
            "identifier.email.value",
        ),
    ],
)
def test_a_bad_address_is_told_in_words(call, path, body, where):
    answer = call(path, body, key="one-of-this-test")

    (fault,) = answer.json()["errors"]
    assert fault["where"] == where
    assert fault["problem"].startswith("An e-mail address has one @, a name")


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ("{", 400, "malformed"),
        ('{"identifiers": NaN}', 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        ("[" * 100_000, 400, "malformed"),
        (SECRET, 400, "malformed"),
        (json.dumps([GOOD]), 422, "invalid"),
        ({}, 422, "invalid"),
        ({"identifiers": []}, 422, "invalid"),
        ({"identifiers": [{"kind": SECRET, "value": SECRET}]}, 422, "invalid"),
        ({"identifiers": [{"kind": "email", "value": 7}]}, 422, "invalid"),
        ({"identifiers": [GOOD | {SECRET: SECRET}]}, 422, "invalid"),
        ({"identifiers": [GOOD], SECRET: 1}, 422, "invalid"),
        ({"identifiers": [{"kind": "email", "value": SECRET + "x" * 1000}]}, 422, "invalid"),
        ({"identifiers": [{"kind": "email", "value": SECRET}] * 10_001}, 422, "invalid"),
        ("x" * 2_700_000, 413, "too-large"),
    ],
)
def test_a_bad_body_is_a_problem(call, body, status, slug):
    answer = call(CHECK, body)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"/api/v1/docs#{slug}"
    assert answer.json()["next_step"]
    assert SECRET not in answer.text


def test_the_place_of_a_fault_is_named(call):
    answer = call(CHECK, {"identifiers": [GOOD, {"kind": "fax", "value": "1"}, GOOD | {"list": "x"}]})

    assert [fault["where"] for fault in answer.json()["errors"]] == ["identifiers.1.kind", "identifiers.2"]


def test_many_faults_are_cut(call):
    answer = call(CHECK, {"identifiers": [{"kind": "fax", "value": "1"}] * 5000})

    assert len(answer.json()["errors"]) == 20
    assert answer.json()["detail"] == "The first 20 of 5000 errors are listed."


def test_an_unknown_kind_of_a_lift_is_not_repeated(call):
    answer = call("/suppression/lift", {"identifier": {"kind": SECRET, "value": "x"}, "reason": "x", "evidence": "x"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "where": "identifier",
        "problem": "The kind is one of 'email', 'customer_id', 'cookie', 'device_id', 'email_sha256'.",
    }
    assert SECRET not in answer.text


def test_words_that_nobody_has_read_are_not_passed_on():
    fault = {"type": "of_a_later_release", "loc": ("body", "body", "note"), "msg": f"Input {SECRET} is odd", "ctx": {}}

    assert _fault(fault) == {"where": "note", "problem": "Not as documented."}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_another_content_type_is_refused(call, kind):
    assert call(CHECK, json.dumps({"identifiers": [GOOD]}), content_type=kind).status_code == 415


def test_a_body_in_chunks_is_told_what_it_lacks(call):
    answer = call(CHECK, {"identifiers": [GOOD]}, CONTENT_LENGTH="")

    assert answer.status_code == 400
    assert answer.json()["detail"] == "The body came without a Content-Length header."


@pytest.mark.parametrize("path", ["/nothing", "/suppression/check/", "/"])
def test_an_unknown_address_is_a_problem(call, path):
    answer = call(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_wrong_method_names_the_right_ones(call):
    answer = call(CHECK)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["type"] == "/api/v1/docs#wrong-method"


def test_the_health_needs_no_token_and_tells_nothing(call):
    answer = call("/health", token="")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The lock is that of a file.")
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_told_as_busy(call, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.2)
    connection.close()
    elsewhere = sqlite3.connect(connection.settings_dict["NAME"])
    elsewhere.execute("BEGIN IMMEDIATE")

    answer = call(CHECK, {"identifiers": [GOOD]})

    elsewhere.close()
    connection.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Treat everybody as suppressed" in answer.json()["next_step"]


def test_no_session_is_touched(call, django_assert_max_num_queries):
    call(CHECK, {"identifiers": [GOOD]})  # takes its share of the minute

    with django_assert_max_num_queries(2):
        answer = call(CHECK, {"identifiers": [GOOD]})

    assert not answer.cookies
    assert "Vary" not in answer.headers
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert not hasattr(answer.wsgi_request, "session")


def test_a_host_that_is_not_allowed_is_refused(call):
    assert call("/health", token="", headers={"host": "elsewhere.example"}).status_code == 400


def test_over_plain_http_a_call_is_led_to_https(call, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert call("/health", token="").status_code == 301
