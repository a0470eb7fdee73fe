"""What the docs tell to copy works: over loopback, against the API itself."""

import json
import os
import re
import runpy
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from apps.audit.actors import Actor
from apps.suppression.services.blocking import suppress
from tests.constants import NOW
from tests.tickets.desk import sync

ROOT = Path(__file__).resolve().parents[2]
GUARD = runpy.run_path(str(ROOT / "docs/examples/suppression_guard.py"))["SuppressionGuard"]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```\n+^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = BLOCK.findall((ROOT / "docs/api.md").read_text(encoding="utf-8"))
ANN = "ann@example.org"

pytestmark = pytest.mark.django_db(transaction=True)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Receiver:
    """A shop's receiver behind the guard; ``taken`` is what came through."""

    def __init__(self, console: str, token: str) -> None:
        self.taken: list[object] = []
        guard = GUARD(self._take, console=console, token=token, timeout=10)
        self._server = make_server("127.0.0.1", 0, guard, handler_class=Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def send(self, payload: object) -> int:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._server.server_port}/", body)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, environ, start_response):
        self.taken.append(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"taken"]


class Console:
    """A console that has one answer for everybody."""

    def __init__(self, status: str) -> None:
        self._status = status
        self._server = make_server("127.0.0.1", 0, self._answer, handler_class=Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ, start_response):
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))["identifiers"]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"answers": [{"status": self._status} for _ in asked], "blocked": 0}).encode()]


@pytest.fixture
def blocked(db) -> None:
    suppress(
        [("email", ANN)], list_name="erased", source_kind="staff", reference="objected", by=Actor.command(), at=NOW
    )


@pytest.fixture
def receiver(live_server, token, blocked):
    with closing(Receiver(live_server.url, token)) as receiver:
        yield receiver


SHOPIFY = {"id": 1, "email": "", "customer": {"email": "bob@example.org", "default_address": None}}
STRIPE = {"type": "charge.succeeded", "data": {"object": {"receipt_email": "bob@example.org", "lines": [{"n": 1}]}}}


NOBODY = {"title": "Tea @ five", "image": "https://cdn.example/logo@2x.png?v=1", "by": "https://example.org/@ann"}


@pytest.mark.parametrize("payload", [SHOPIFY, STRIPE, NOBODY])
def test_who_is_clear_comes_through_unchanged(receiver, payload):
    assert receiver.send(payload) == 200
    assert receiver.taken == [payload]


def test_the_console_may_be_named_with_a_slash_at_its_end():
    guard = GUARD(None, console="https://console.example/", token="any")

    # The address is looked at itself: the server of these tests forgives a second slash, others answer 404.
    assert guard.address == "https://console.example/api/v1/suppression/check"


@pytest.mark.parametrize(
    "payload",
    [
        {"email": f" {ANN.upper()}"},
        {"customer": {"email": ANN}, "email": "bob@example.org"},
        {"data": {"object": {"customer_email": ANN}}},
        {"email": "an address that cannot be read"},
        {"customer_id": 1, "email_address": ANN, "email_marketing_consent": {"state": "subscribed"}},
        {"Email": ANN},
        {"email": ["bob@example.org", ANN]},
        {"email": ["cannot be read"]},
        {"note": f"Please write to Ann <{ANN}>."},
        {"href": f"mailto:{ANN}?subject=Hi"},
        {ANN: {"subscribed": True}},
    ],
)
def test_who_is_suppressed_or_unreadable_is_dropped_for_good(receiver, payload):
    assert receiver.send(payload) == 200
    assert receiver.taken == []


@pytest.mark.parametrize("status", ["unsure", "a word of a later release"])
def test_no_answer_but_clear_lets_anybody_pass(status):
    with closing(Console(status)) as console, closing(Receiver(console.url, "any")) as receiver:
        assert receiver.send(SHOPIFY) == 200
        assert receiver.taken == []


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 5000, b"email=ann%40example.org"])
def test_a_body_that_cannot_be_read_passes_nobody(receiver, body):
    assert receiver.send(body) == 503
    assert receiver.taken == []


def test_without_an_answer_nobody_passes_and_the_sender_tries_again(live_server, blocked):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        gone = f"http://127.0.0.1:{deaf.getsockname()[1]}"
    for console, token in ((gone, "any"), (live_server.url, "wrong")):
        with closing(Receiver(console, token)) as receiver:
            assert receiver.send(SHOPIFY) == 503
            assert receiver.taken == []


def test_a_busy_console_passes_nobody(live_server, issue, blocked):
    with closing(Receiver(live_server.url, issue(per_minute=1).text)) as receiver:
        answers = [receiver.send(SHOPIFY) for _ in range(3)]

    assert answers[-1] == 503
    assert len(receiver.taken) < 3


@pytest.mark.parametrize(("language", "code", "answer"), EXAMPLES, ids=[f"{place}" for place in range(len(EXAMPLES))])
def test_the_examples_of_the_docs_answer_what_they_say(live_server, token, blocked, tmp_path, language, code, answer):
    sync()
    surroundings = {**os.environ, "CONSOLE": live_server.url, "TOKEN": token}
    program = {"sh": ["bash", "-ec"], "python": [sys.executable, "-c"]}[language]

    ended = subprocess.run([*program, code], env=surroundings, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 0, ended.stderr
    assert same(json.loads(answer), json.loads(ended.stdout)), ended.stdout


def same(documented: object, told: object) -> bool:
    """Compare an answer with the documented one, in which “…” stands for whatever comes."""
    if documented == "…":
        return True
    if isinstance(documented, dict) and isinstance(told, dict):
        return documented.keys() == told.keys() and all(same(documented[name], told[name]) for name in told)
    if isinstance(documented, list) and isinstance(told, list):
        return len(documented) == len(told) and all(map(same, documented, told))
    return documented == told


def test_the_docs_have_examples_of_both_kinds():
    assert {language for language, _, _ in EXAMPLES} == {"sh", "python"}
    assert len(EXAMPLES) >= 5
