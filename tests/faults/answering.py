"""Plays in which the vendor, or what stands in its place, answers in a way that no page describes."""

import itertools
import socket
from pathlib import Path

from tests.raw_server import Turn, response, says_json

from .desk import Desk
from .table import Play

ALAN = "alan@example.com"
NO_VISITOR = {"error": "visitor_not_found"}
ACCEPTS = {
    "bento": says_json("202 Accepted", {"status": "queued_for_anonymization"}),
    "blueshift": says_json("200 OK", {"status": "ok"}),
}
MOST_GROWTH = 5 * 1024 * 1024
BYSTANDERS = 3  # so many different erasures make an account pause


def answered(value: str = "ada@example.com", **fault: object) -> Play:
    """The sandbox answers one deletion, or so many as ``times`` says, like this."""

    def play(desk: Desk) -> None:
        desk.ready(value)
        desk.fault(**fault)
        desk.work()

    return play


def answered_all_along(**fault: object) -> Play:
    def play(desk: Desk) -> None:
        desk.ready()
        desk.fault(times=0, **fault)
        desk.work()
        desk.wait_out()

    return play


def answered_to_several(**fault: object) -> Play:
    def play(desk: Desk) -> None:
        desk.many(BYSTANDERS, concurrency=1)
        desk.fault(times=0, **fault)
        desk.work()

    return play


def answered_in_a_bulk(**fault: object) -> Play:
    """After some good answers this one comes to everybody: few meet it, the rest does not leave."""

    def play(desk: Desk) -> None:
        desk.many(6, concurrency=2)
        desk.fault(skip=2, times=0, **fault)
        desk.work()
        refused = desk.requests() - 2
        assert 1 <= refused <= 2

    return play


def said(*turns: Turn, on_accept: Turn | None = None, **options: object) -> Play:
    """A server that says each byte as it likes stands at the vendor's address when the deletion leaves."""

    def play(desk: Desk) -> None:
        desk.ready(**options)
        desk.point_at(desk.serve(*turns, on_accept=on_accept).port)
        desk.work()

    return play


def redirected(status: str) -> Play:
    """The answer names another host, which must not hear of anybody."""

    def play(desk: Desk) -> None:
        sink = desk.serve(ACCEPTS[desk.vendor])
        desk.ready()
        desk.fault(status=int(status), style="empty", headers={"Location": f"{sink.url}/login"})
        desk.work()
        assert (sink.connections, sink.requests) == (0, [])

    return play


def waits(least: int, most: int, **headers: str) -> Play:
    """A busy vendor: the whole account waits so many seconds, and not the erasure alone."""

    def play(desk: Desk) -> None:
        desk.ready(retry_base="60s")
        desk.fault(status=429, headers=headers)
        desk.work()
        erasure = desk.erasure()
        seconds = (erasure.account.wait_until - desk.clock()).total_seconds()
        assert least <= seconds <= most
        assert erasure.tries == 0

    return play


def flooded(body: bytes, **headers: str) -> Play:
    """An answer without an end, and the memory that it costs."""

    def flood(line: socket.socket) -> bool:
        length = {"content_length": str(2**30), **headers}
        line.sendall(response("202 Accepted", b"", **length).rpartition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        for chunk in itertools.repeat(body, 2**30 // len(body)):
            line.sendall(chunk)
        return False

    def play(desk: Desk) -> None:
        desk.ready()
        desk.point_at(desk.serve(flood).port)
        _within_memory(desk.work)

    return play


def exploded(**fault: object) -> Play:
    def play(desk: Desk) -> None:
        desk.ready()
        desk.fault(**fault)
        _within_memory(desk.work)

    return play


def gone_after_doubt(desk: Desk) -> None:
    """The first request may have arrived; the second is told that there is nobody."""
    desk.ready()
    desk.fault(status=504)
    desk.fault(status=404, body=NO_VISITOR, effect=True)
    desk.work()
    desk.work(hours=2)


def looked_in_vain(desk: Desk, **fault: object) -> None:
    desk.ready()
    desk.fault(wire="reset", effect=True)
    desk.work()
    desk.sandbox.fault(method="GET", times=0, **fault)
    desk.work(hours=2)
    desk.work(hours=1)


def looks_fail(**fault: object) -> Play:
    """The answer to the deletion was lost, and the look that should settle it gets this."""
    return lambda desk: looked_in_vain(desk, **fault)


def _within_memory(work) -> None:
    before = _resident()
    work()
    assert _resident() - before < MOST_GROWTH


def _resident() -> int:
    """Return the most memory that this process held since the last call."""
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")
    return int(peak.split()[1]) * 1024
