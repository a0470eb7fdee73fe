"""Faults on order, met over a real socket."""

import gzip
import json
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from time import monotonic

import pytest

ADA = "ada@example.com"


def is_there(sandbox):
    return bool(sandbox.people(ADA)["bento"])


@pytest.mark.parametrize(
    ("wishes", "body"),
    [
        ({"status": 429}, {"error": "Rate limit exceeded"}),
        ({"status": 401}, {"error": "Unauthorized"}),
        ({"status": 404}, {"error": "visitor_not_found"}),
        ({"status": 404, "style": "unrouted"}, {"status": "404", "error": "Not Found"}),
        ({"status": 422}, {"error": "Visitor could not be updated"}),
        ({"status": 422, "style": "errors"}, {"errors": [{"field": "email", "message": "could not be anonymized"}]}),
        ({"status": 503}, {"error": "Service Unavailable"}),
        ({"status": 200, "style": "odd"}, {"state": "done", "jobs": []}),
        ({"status": 200, "style": "unsuccessful"}, {"success": False, "message": "Not now."}),
        ({"status": 418, "body": {"any": "thing"}}, {"any": "thing"}),
        ({"status": 599, "body": '"text"'}, "text"),
    ],
)
def test_an_answer_can_be_anything_and_nothing_happens(bento, sandbox, wishes, body):
    sandbox.fault(**wishes)

    answer = bento.delete(ADA)

    assert (answer.status, answer.json) == (wishes["status"], body)
    assert is_there(sandbox)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"message": "Permission denied"}),
        (422, {"success": False, "error": "Validation failed"}),
        (502, {"message": "Bad Gateway - Please retry the request."}),
    ],
)
def test_blueshift_has_errors_of_its_own(blueshift, sandbox, status, body):
    sandbox.fault(vendor="blueshift", status=status)

    answer = blueshift.delete(email=ADA)

    assert (answer.status, answer.json) == (status, body)


@pytest.mark.parametrize(("status", "style"), [(409, "json"), (413, "json"), (204, "json"), (500, "empty")])
def test_an_answer_can_be_without_a_body(blueshift, sandbox, status, style):
    sandbox.fault(status=status, style=style)

    answer = blueshift.delete(email=ADA)

    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize("status", [200, 403, 404, 502])
def test_an_answer_can_be_a_web_page(bento, sandbox, status):
    sandbox.fault(status=status, style="html")

    answer = bento.delete(ADA)

    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_an_answer_can_be_plain_text(bento, sandbox):
    sandbox.fault(status=401, style="text")

    assert bento.delete(ADA).body == b"HTTP Basic: Access denied.\n"


def test_json_can_be_cut_short_in_a_whole_body(bento, sandbox):
    sandbox.fault(status=202, style="truncated", effect=True)

    answer = bento.delete(ADA)

    with pytest.raises(json.JSONDecodeError):
        _ = answer.json
    assert not is_there(sandbox)


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_leads_elsewhere(bento, sandbox, status):
    sandbox.fault(status=status, style="empty", headers={"Location": "http://127.0.0.1:1/elsewhere"})

    answer = bento.delete(ADA)

    assert (answer.status, answer.headers["Location"]) == (status, "http://127.0.0.1:1/elsewhere")


def test_retry_after_is_a_header_like_any_other(bento, sandbox):
    sandbox.fault(status=429, headers={"Retry-After": "120"})

    assert bento.delete(ADA).headers["Retry-After"] == "120"


def test_an_error_may_hide_an_effect(bento, sandbox):
    sandbox.fault(status=500, effect=True)

    answer = bento.delete(ADA)

    assert answer.status == 500
    assert not is_there(sandbox)


@pytest.mark.parametrize("effect", [True, False])
def test_silence_ends_when_the_client_gives_up_or_the_time_is_over(bento, sandbox, effect):
    sandbox.fault(wire="timeout", seconds=0.2, effect=effect)
    started = monotonic()

    with pytest.raises(RemoteDisconnected):
        bento.delete(ADA)

    assert monotonic() - started >= 0.2
    assert is_there(sandbox) is not effect
    assert [(entry["status"], entry["effect"]) for entry in sandbox.deletions()] == [(None, effect)]


@pytest.mark.parametrize("effect", [True, False])
def test_a_reset_is_a_real_one(bento, sandbox, effect):
    sandbox.fault(wire="reset", effect=effect)

    with pytest.raises(ConnectionResetError) as caught:
        bento.delete(ADA)

    assert not isinstance(caught.value, RemoteDisconnected)
    assert is_there(sandbox) is not effect


def test_a_connection_can_close_without_an_answer(bento, sandbox):
    sandbox.fault(wire="close")

    with pytest.raises(RemoteDisconnected):
        bento.delete(ADA)

    assert is_there(sandbox)


@pytest.mark.parametrize("wire", ["trickle_headers", "trickle_body"])
def test_an_answer_can_come_byte_by_byte(bento, sandbox, wire):
    sandbox.fault(wire=wire, seconds=0.005)
    started = monotonic()

    answer = bento.delete(ADA)

    assert answer.status == 202
    assert monotonic() - started >= 0.1


def test_a_trickle_outlasts_a_client_with_a_timeout_between_bytes(bento, sandbox):
    sandbox.fault(wire="trickle_headers", seconds=0.5)
    bento.connection.timeout = 0.1

    with pytest.raises(TimeoutError):
        bento.delete(ADA)


def test_a_body_can_be_cut(bento, sandbox):
    sandbox.fault(wire="cut")

    with pytest.raises(IncompleteRead):
        bento.delete(ADA)

    assert not is_there(sandbox)


def test_a_body_can_be_far_too_large(bento, sandbox):
    sandbox.fault(wire="oversized")

    answer = bento.delete(ADA)

    assert len(answer.body) == 8 * 1024 * 1024
    assert answer.json == {"status": "queued_for_anonymization"}


def test_a_small_body_can_unpack_to_a_large_one(bento, sandbox):
    sandbox.fault(wire="gzip_bomb")

    answer = bento.delete(ADA)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(answer.body)) > 100 * len(answer.body)


def test_an_answer_can_be_late(bento, sandbox):
    sandbox.fault(seconds=0.2)
    started = monotonic()

    answer = bento.delete(ADA)

    assert (answer.status, monotonic() - started >= 0.2) == (202, True)


@pytest.mark.parametrize(
    ("filters", "strikes"),
    [
        ({}, True),
        ({"vendor": "bento"}, True),
        ({"vendor": "blueshift"}, False),
        ({"method": "post"}, True),
        ({"method": "GET"}, False),
        ({"path": "data_deletion"}, True),
        ({"path": "fetch"}, False),
        ({"address": "ADA@example.com"}, True),
        ({"address": "alan@example.com"}, False),
    ],
)
def test_filters_choose_the_request(bento, sandbox, filters, strikes):
    sandbox.fault(status=503, **filters)

    assert bento.delete(ADA).status == (503 if strikes else 202)


@pytest.mark.parametrize(
    ("order", "statuses"),
    [
        ({}, [503, 404, 404, 404]),
        ({"times": 2}, [503, 503, 404, 404]),
        ({"times": 0}, [503, 503, 503, 503]),
        ({"skip": 2}, [404, 404, 503, 404]),
        ({"skip": 1, "times": 2}, [404, 503, 503, 404]),
    ],
)
def test_a_fault_strikes_when_and_as_often_as_ordered(bento, sandbox, order, statuses):
    sandbox.fault(status=503, **order)

    assert [bento.delete("nobody@example.com").status for _ in range(4)] == statuses


def test_faults_strike_in_the_order_they_were_ordered(bento, sandbox):
    for status in (429, 500, 401):
        sandbox.fault(status=status)

    assert [bento.delete(ADA).status for _ in range(4)] == [429, 500, 401, 202]


def test_standing_faults_can_be_seen_and_withdrawn(bento, sandbox):
    number = sandbox.fault(status=503, times=0)
    seen = [fault["number"] for fault in sandbox.faults()]

    sandbox.withdraw_faults()

    assert seen == [number]
    assert bento.delete(ADA).status == 202


@pytest.mark.parametrize(
    "wishes",
    [
        {"wire": "smoke"},
        {"style": "baroque"},
        {"status": 99},
        {"status": "503"},
        {"colour": "red"},
        {"seconds": -1},
        {"times": -1},
        {"effect": "yes"},
        {"headers": {"A": "b\r\nC: d"}},
        {"vendor": 1},
        {"effect": False},
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_a_sentence(sandbox, wishes):
    with pytest.raises(ValueError, match=r"\.$"):
        sandbox.fault(**wishes)


def test_the_journal_names_the_fault(bento, sandbox):
    sandbox.fault(status=503, style="html")
    sandbox.fault(wire="reset", effect=True)
    bento.delete(ADA)
    with pytest.raises((OSError, HTTPException)):
        bento.delete(ADA)

    told = [(entry["status"], entry["fault"], entry["effect"]) for entry in sandbox.deletions(ADA)]

    assert told == [(503, "whole: 503 html", False), (None, "reset", True)]
