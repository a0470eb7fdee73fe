"""No error shows whom a request was about or which key it carried, in any form a log or a page could take."""

import io
import logging
import traceback

import pytest

from apps.vendors.clients.errors import VendorError
from tests.raw_server import hangs_up, resets, says, says_raw, waits

from .conftest import API_KEY, PUBLISHABLE_KEY, SECRET_KEY
from .test_bento import ATTEMPT

ADDRESS = "canary+7@pii.example.org"
PERSONAL = ["canary", "pii.example"]
KEYS = {
    "bento": [PUBLISHABLE_KEY, SECRET_KEY, "cGtfNGYxZDJjM2I6c2tfOWU4ZDdjNmI1YQ"],
    "blueshift": [API_KEY, "dXNlci1rZXktMWEyYjNjNGQ6"],
}
ECHO = f'{{"error": "{ADDRESS} {KEYS["bento"]} {KEYS["blueshift"]} {KEYS["bento"][2]}=="}}'.encode()
FAILURES = [
    hangs_up,
    resets,
    waits(0.4, hangs_up),
    says_raw(b"garbage\r\n"),
    says_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"),
    says("200 OK", b'{"data": "odd", "users": "odd"}'),
    says("302 Found", location=f"/login?email={ADDRESS}"),
    says("401 Unauthorized", ECHO),
    says("404 Not Found", b"<html>" + ECHO),
    says("422 Unprocessable", ECHO),
    says("500 Oops", ECHO, x_request_id=ADDRESS),
]


def failing_calls(client):
    return [
        lambda: client.erase("email", ADDRESS, attempt=ATTEMPT),
        lambda: client.look("email", ADDRESS),
    ]


def told(error: VendorError) -> str:
    chain = "".join(traceback.format_exception(error, chain=True))
    hidden_context = repr(error.__context__) + repr(error.__cause__)
    return " ".join([str(error), repr(error), repr(vars(error)), repr(error.args), chain, hidden_context])


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
@pytest.mark.parametrize("turn", FAILURES)
def test_an_error_names_neither_person_nor_key(serve, request, vendor, turn):
    client = request.getfixturevalue(vendor)(serve(turn).url, timeout=0.3)
    texts = []
    for call in failing_calls(client):
        with pytest.raises(VendorError) as caught:
            call()
        texts.append(told(caught.value))

    for text in texts:
        assert not [word for word in [*PERSONAL, *KEYS[vendor]] if word in text]


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_an_unreached_vendor_names_neither_person_nor_key(request, vendor):
    client = request.getfixturevalue(vendor)("http://127.0.0.1:1")

    with pytest.raises(VendorError) as caught:
        client.look("email", ADDRESS)

    assert str(caught.value).endswith(": Did not leave.")
    assert not [word for word in [*PERSONAL, *KEYS[vendor]] if word in told(caught.value)]


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_a_traceback_with_local_variables_shows_no_key(serve, request, vendor):
    client = request.getfixturevalue(vendor)(serve(hangs_up).url)

    with pytest.raises(VendorError) as caught:
        client.look("email", ADDRESS)

    text = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert not [key for key in KEYS[vendor] if key in text]


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_a_client_shows_no_key_of_its_own(request, vendor):
    client = request.getfixturevalue(vendor)("https://app.bentonow.com")

    assert not [key for key in KEYS[vendor] if key in repr(client) + str(client)]


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_no_log_at_any_level_names_person_or_key(serve, request, vendor):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    server = serve(says_raw(b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\n{}"), hangs_up)

    client = request.getfixturevalue(vendor)(server.url)
    client.look("email", ADDRESS)
    with pytest.raises(VendorError):
        client.look("email", ADDRESS)

    root.removeHandler(handler)
    root.setLevel(level)
    assert stream.getvalue() == ""
