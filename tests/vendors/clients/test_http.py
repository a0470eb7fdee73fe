"""What the wire does when the line, the server or the surroundings misbehave."""

import gzip
import itertools
import random
import socket
import threading
import time
import tracemalloc

import pytest

from apps.vendors.clients import http
from apps.vendors.clients.errors import Outcome
from apps.vendors.clients.http import ANSWER_LIMIT, LOOK_LIMIT, Wire
from tests.raw_server import (
    hangs_up,
    resets,
    response,
    says,
    says_json,
    says_raw,
    streams,
    waits,
)

from .certificates import self_signed

OK = says_json("200 OK", {"status": "ok"})
HEAD = b"HTTP/1.1 200 OK\r\n"
SECRET = "sk_9e8d7c6b5a"


@pytest.fixture
def wire(keep):
    def make(url: str, *, timeout: float = 5, pool: int = 4, ca_file: str | None = None) -> Wire:
        return keep(
            Wire(
                url,
                username="pk",
                password=SECRET,
                user_agent="ComplianceConsole/1.0",
                timeout=timeout,
                pool=pool,
                ca_file=ca_file,
            )
        )

    return make


def post(wire, **body):
    return wire.writer.post("/delete", headers={}, form=body or {"email": "ann@example.org"})


def test_a_refused_connection_never_left(wire):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert post(wire(f"http://127.0.0.1:{port}")).lost is Outcome.UNREACHED


def test_a_name_that_does_not_resolve_never_left(wire):
    assert post(wire("https://nobody.invalid")).lost is Outcome.UNREACHED


def test_a_connect_timeout_never_left(wire):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        crowd = [_knock(full) for _ in range(4)]

        reply = post(wire(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.4))

        for sock in crowd:
            sock.close()
    assert reply.lost is Outcome.UNREACHED


def _knock(listener: socket.socket) -> socket.socket:
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(listener.getsockname())
    return sock


def test_a_certificate_nobody_vouches_for_is_a_tls_failure(serve, wire, tmp_path):
    context, _ = self_signed(tmp_path)
    server = serve(OK, tls=context)

    assert post(wire(server.url)).lost is Outcome.TLS_FAILED
    assert server.requests == []


def test_a_certificate_of_another_host_is_a_tls_failure(serve, wire, tmp_path):
    context, ca_file = self_signed(tmp_path, address="127.0.0.2")
    server = serve(OK, tls=context)

    assert post(wire(server.url, ca_file=ca_file)).lost is Outcome.TLS_FAILED
    assert server.requests == []


def test_plain_http_behind_an_https_address_is_a_tls_failure(serve, wire):
    server = serve(OK, on_accept=lambda line: line.sendall(response("400 Bad Request")))

    assert post(wire(server.url.replace("http:", "https:"))).lost is Outcome.TLS_FAILED


@pytest.mark.parametrize("end", [resets, hangs_up])
def test_a_handshake_that_is_cut_never_left(serve, wire, end):
    server = serve(OK, on_accept=lambda line: line.recv(1) and end(line))

    assert post(wire(server.url.replace("http:", "https:"))).lost is Outcome.UNREACHED


def test_a_silent_handshake_never_left(serve, wire):
    server = serve(OK)

    started = time.monotonic()
    reply = post(wire(server.url.replace("http:", "https:"), timeout=0.4))

    assert reply.lost is Outcome.UNREACHED
    assert time.monotonic() - started < 2


def test_a_trusted_certificate_carries_the_request(serve, wire, tmp_path):
    context, ca_file = self_signed(tmp_path)
    server = serve(OK, tls=context)

    assert post(wire(server.url, ca_file=ca_file)).status == 200


@pytest.mark.parametrize("end", [resets, hangs_up])
def test_a_connection_that_ends_after_reading_is_unknown(serve, wire, end):
    server = serve(end)

    assert post(wire(server.url)).lost is Outcome.UNKNOWN
    assert len(server.requests) == 1


@pytest.mark.parametrize("end", [resets, hangs_up])
def test_a_connection_that_ends_before_reading_is_unknown(serve, wire, end):
    server = serve(OK, on_accept=lambda line: line.recv(1, socket.MSG_PEEK) and end(line))

    assert post(wire(server.url)).lost is Outcome.UNKNOWN


def test_a_connection_that_ends_within_the_request_is_unknown(serve, wire):
    server = serve(OK, on_accept=lambda line: line.recv(10) and resets(line))

    assert post(wire(server.url), email="x" * 2_000_000).lost is Outcome.UNKNOWN


def test_a_silent_server_is_unknown(serve, wire):
    server = serve(waits(0.6, hangs_up))

    assert post(wire(server.url, timeout=0.3)).lost is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "pieces",
    [
        itertools.repeat(b"H"),
        itertools.chain([HEAD], itertools.repeat(b"X")),
        itertools.chain([HEAD], itertools.repeat(b"X-Slow: 1\r\n")),
        itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["status", "header", "headers", "continue"],
)
def test_trickled_headers_end_at_the_total_deadline(serve, wire, pieces):
    server = serve(streams(pieces, every=0.05))

    started = time.monotonic()
    reply = post(wire(server.url, timeout=0.5))

    assert reply.lost is Outcome.UNKNOWN
    assert 0.4 < time.monotonic() - started < 2


def test_trickled_headers_end_at_the_deadline_over_tls_too(serve, wire, tmp_path):
    context, ca_file = self_signed(tmp_path)
    server = serve(streams(itertools.chain([HEAD], itertools.repeat(b"X")), every=0.05), tls=context)

    started = time.monotonic()
    reply = post(wire(server.url, timeout=0.5, ca_file=ca_file))

    assert reply.lost is Outcome.UNKNOWN
    assert 0.4 < time.monotonic() - started < 2


@pytest.mark.parametrize(
    "header", [b"Content-Length: 9999\r\n\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n"], ids=str
)
def test_a_trickled_body_ends_at_the_total_deadline_and_keeps_its_status(serve, wire, header):
    server = serve(streams(itertools.chain([HEAD + header], itertools.repeat(b"1")), every=0.05))

    started = time.monotonic()
    reply = post(wire(server.url, timeout=0.5))

    assert (reply.status, reply.whole, reply.json) == (200, False, None)
    assert 0.4 < time.monotonic() - started < 2


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b'Content-Length: 99\r\n\r\n{"status":"ok"}',
        HEAD + b'Transfer-Encoding: chunked\r\n\r\nf\r\n{"status":"ok"}\r\n',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Length: 4\r\nContent-Encoding: gzip\r\n\r\nnope",
    ],
    ids=["length", "chunked", "chunk size", "encoding"],
)
def test_a_cut_or_broken_body_is_not_whole(serve, wire, answer):
    server = serve(says_raw(answer))

    reply = post(wire(server.url))

    assert (reply.status, reply.whole, reply.json) == (200, False, None)


def test_a_body_reset_half_way_is_not_whole(serve, wire):
    server = serve(lambda line: line.sendall(HEAD + b"Content-Length: 99\r\n\r\n{}") or resets(line))

    reply = post(wire(server.url))

    assert reply.whole is False
    assert reply.status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 \r\n\r\n",
        b"HTTP/1.1 20x OK\r\n\r\n",
        HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        HEAD + b"X: y\r\n" * 200 + b"\r\n",
        HEAD + b"Content-Length: 1, 2\r\n\r\n{}",
    ],
    ids=["another protocol", "no status", "odd status", "long header", "many headers", "two lengths"],
)
def test_what_is_no_http_is_unknown(serve, wire, answer):
    server = serve(says_raw(answer))

    assert post(wire(server.url)).lost is Outcome.UNKNOWN


def test_noise_never_raises(serve, wire):
    noise = random.Random(7)  # noqa: S311 (a repeatable test, not a secret)
    answers = [HEAD[: noise.randrange(18)] + noise.randbytes(noise.randrange(400)) for _ in range(150)]
    server = serve(*map(says_raw, answers))
    line = wire(server.url)

    replies = [post(line) for _ in answers]

    assert all(reply.lost is Outcome.UNKNOWN or reply.status for reply in replies)


@pytest.mark.parametrize("encoding", ["", "Content-Encoding: gzip\r\n", "Content-Encoding: deflate, gzip, gzip\r\n"])
def test_a_huge_body_is_not_taken_into_memory(serve, wire, encoding):
    body = itertools.repeat(b"a" * 65536) if not encoding else [gzip.compress(bytes(100_000_000)), b""]
    server = serve(streams(itertools.chain([HEAD + encoding.encode() + b"\r\n"], body)))
    line = wire(server.url)

    tracemalloc.start()
    reply = post(line)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert not reply.whole
    assert len(reply.body) <= ANSWER_LIMIT
    assert peak < 3_000_000


def test_a_huge_redirect_is_not_taken_into_memory_either(serve, wire):
    head = b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"
    server = serve(streams(itertools.chain([head], itertools.repeat(b"a" * 65536))))

    reply = post(wire(server.url))

    assert (reply.status, reply.whole) == (302, False)


def test_an_endless_chunk_size_is_not_taken_into_memory(serve, wire):
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    server = serve(streams(itertools.chain([head], itertools.repeat(b"0" * 65536))))

    assert not post(wire(server.url)).whole


def test_a_look_may_be_longer_than_a_receipt_but_an_error_may_not(serve, wire):
    body = b'"' + b"x" * 1_000_000 + b'"'
    server = serve(says("200 OK", body), says("500 Oops", body), says("200 OK", b"x" * (LOOK_LIMIT + 1)))
    line = wire(server.url)

    long, error, too_long = (line.reader.get("/customers", query={}) for _ in range(3))

    assert (long.whole, len(long.body)) == (True, len(body))
    assert (error.whole, len(error.body)) == (False, ANSWER_LIMIT)
    assert (too_long.whole, len(too_long.body)) == (False, LOOK_LIMIT)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(serve, wire, status):
    other = serve(OK)
    server = serve(says(f"{status} Moved", location=f"{other.url}/elsewhere"))

    reply = post(wire(server.url))

    assert reply.status == status
    assert len(server.requests) == 1
    assert other.connections == 0


def test_nothing_of_the_environment_is_read(serve, wire, monkeypatch, tmp_path):
    proxy = serve(OK)
    server = serve(OK)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login thief password thief")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.url)

    reply = post(wire(server.url))

    assert reply.status == 200
    assert proxy.connections == 0
    assert server.requests[0].headers["authorization"] == "Basic cGs6c2tfOWU4ZDdjNmI1YQ=="


def test_cookies_are_not_kept(serve, wire):
    server = serve(says("200 OK", set_cookie="session=1; Path=/"))
    line = wire(server.url)

    post(line)
    post(line)

    assert "cookie" not in server.requests[1].headers


def test_connections_are_kept_alive(serve, wire):
    server = serve(OK)
    line = wire(server.url)

    for _ in range(5):
        post(line)

    assert (len(server.requests), server.connections) == (5, 1)


def test_an_idle_connection_is_dropped(serve, wire, monkeypatch):
    monkeypatch.setattr(http, "IDLE_SECONDS", 0.05)
    server = serve(OK)
    line = wire(server.url)

    post(line)
    time.sleep(0.1)
    post(line)

    assert server.connections == 2


def test_the_deadline_starts_anew_with_each_request_of_a_connection(serve, wire):
    server = serve(waits(0.2, OK))
    line = wire(server.url, timeout=0.5)

    assert [post(line).status for _ in range(4)] == [200] * 4


def test_threads_share_a_wire(serve, wire):
    server = serve(waits(0.05, OK))
    line = wire(server.url, pool=4)
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(post(line).status)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 8
    assert server.connections <= 8


@pytest.mark.parametrize("url", ["http://app.bentonow.com", "http://10.0.0.1", "ftp://127.0.0.1", "127.0.0.1"])
def test_plain_http_is_for_this_machine_alone(wire, url):
    with pytest.raises(ValueError, match="https"):
        wire(url)


def test_the_key_is_in_no_repr(wire):
    line = wire("https://app.bentonow.com")

    assert SECRET not in repr(line)
    assert SECRET not in repr(vars(line))


def test_no_library_logs_a_url(serve, wire, caplog):
    server = serve(says_raw(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\n{}"))

    with caplog.at_level("DEBUG"):
        wire(server.url).reader.get("/customers", query={"email": "ann@example.org"})

    assert caplog.text == ""
