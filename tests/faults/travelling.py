"""Plays on the way to the vendor: names, lines, certificates, and whoever stands in between."""

import socket
import ssl
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from requests import adapters

from tests.raw_server import Turn, response
from tests.vendors.clients.certificates import self_signed

from .answering import ACCEPTS
from .desk import Desk
from .table import Play

Secured = tuple[ssl.SSLContext, str]


def certified(make: Callable[[Path], Secured]) -> Play:
    """A real TLS server at the vendor's address; it accepts whatever reaches it, and nothing does."""

    def play(desk: Desk) -> None:
        desk.ready()
        server = offer(desk, make)
        assert server.requests == []

    return play


def offer(desk: Desk, make: Callable[[Path], Secured]):
    """Let a worker meet this certificate; the file is what the client trusts."""
    context, trusted = make(desk.folder)
    desk.patch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", trusted)
    server = desk.serve(ACCEPTS[desk.vendor], tls=context)
    desk.point_at(server.port, tls=True)
    desk.work()
    return server


def good(folder: Path) -> Secured:
    return self_signed(folder)


def expired(folder: Path) -> Secured:
    return self_signed(folder, until=datetime.now(UTC) - timedelta(minutes=1))


def of_another_host(folder: Path) -> Secured:
    return self_signed(folder, address="127.0.0.2")


def vouched_for_by_nobody(folder: Path) -> Secured:
    return self_signed(folder)[0], adapters.DEFAULT_CA_BUNDLE_PATH


def of_an_old_version(folder: Path) -> Secured:
    context, trusted = self_signed(folder)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context, trusted


def unnamed(desk: Desk) -> None:
    desk.ready()
    desk.point_at(443, host="nobody.invalid", tls=True)
    desk.work()


def refused(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    desk.ready()
    desk.point_at(port)
    desk.work()


def cut_in_the_handshake(end: Turn) -> Play:
    def play(desk: Desk) -> None:
        desk.ready()
        server = desk.serve(ACCEPTS[desk.vendor], on_accept=lambda line: line.recv(1) and end(line))
        desk.point_at(server.port, tls=True)
        desk.work()

    return play


def under_a_proxy(desk: Desk) -> None:
    """The environment names a proxy, which must not hear of anybody."""
    proxy = desk.serve(ACCEPTS[desk.vendor])
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        desk.patch.setenv(name, proxy.url)
    desk.ready()
    desk.work()
    assert (proxy.connections, proxy.requests) == (0, [])


def closed_between_two(desk: Desk) -> None:
    """The vendor hangs up after its answer without saying so; the next request takes a line of its own."""
    server = desk.serve(lambda line: ACCEPTS[desk.vendor](line) and False)
    _two_by_one_line(desk, server.port)
    assert (server.connections, len(server.requests)) == (2, 2)


def answered_twice(desk: Desk) -> None:
    """Behind the answer to the first request lies one for the second, before that has left."""
    spare = response("404 Not Found", b'{"error": "visitor_not_found"}', content_type="application/json")
    _two_by_one_line(desk, desk.serve(lambda line: ACCEPTS[desk.vendor](line) and not line.sendall(spare)).port)


def _two_by_one_line(desk: Desk, port: int) -> None:
    desk.many(2, concurrency=1)
    desk.point_at(port)
    desk.work()
