"""What Bento checks before it looks at a request."""

from base64 import b64encode

import pytest


@pytest.mark.parametrize(
    "agent", [None, "", "  ", "python-requests/2.32.4", "Python-urllib/3.11", "Go-http-client/2.0"]
)
def test_the_edge_refuses_requests_without_a_real_agent_in_html(bento, agent):
    answer = bento.delete("ada@example.com", User_Agent=agent)

    assert (answer.status, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")


@pytest.mark.parametrize("agent", ["ComplianceConsole/1.0 python-requests/2.32.4", "curl/8.5.0"])
def test_an_agent_of_its_own_passes(bento, agent):
    assert bento.delete("ada@example.com", User_Agent=agent).status == 202


@pytest.mark.parametrize("pair", ["pk:sk", ":", "no colon"])
def test_a_wrong_key_is_not_authorized(bento, pair):
    answer = bento.delete("ada@example.com", Authorization=f"Basic {b64encode(pair.encode()).decode()}")

    assert (answer.status, answer.json) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "Basic !!!", "Basic"])
def test_a_broken_authorization_is_not_authorized(bento, header):
    assert bento.delete("ada@example.com", Authorization=header).status == 401


@pytest.mark.parametrize("query", ["", "site_uuid=", "site_uuid=another", "site_uuid[]=x"])
def test_a_wrong_site_is_not_authorized(bento, query):
    answer = bento.call("GET", f"/api/v1/fetch/subscribers?email=ada@example.com&{query}")

    assert answer.status == 401


def test_the_site_may_stand_in_a_json_body(bento):
    answer = bento.post_json("/api/v1/fetch/commands", {"site_uuid": bento.site, "command": []})

    assert answer.status == 400


def test_the_minute_limit_is_shared_by_fetch_and_batch_but_not_by_deletion(bento, sandbox):
    sandbox.settings(bento_per_minute=2)

    statuses = [
        bento.find(email="ada@example.com").status,
        bento.post("batch/subscribers", subscribers=[{"email": "new@example.com"}]).status,
        bento.get("fetch/tags").status,
        bento.delete("ada@example.com").status,
    ]
    sandbox.advance(61)

    assert statuses == [200, 200, 429, 202]
    assert bento.get("fetch/tags").status == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'{"a":' * 20 + b"1" + b"}" * 20])
def test_a_body_that_cannot_be_read_is_invalid(bento, body):
    answer = bento.call("POST", "/api/v1/fetch/commands", body, Content_Type="application/json")

    assert answer.status == 400


def test_every_answer_has_a_request_id_of_its_own(bento):
    ids = {bento.get("fetch/tags").headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3
