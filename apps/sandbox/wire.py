"""Put answers on the socket: in one piece, or as badly as a fault orders."""

import gzip
import select
import socket
import struct
from collections.abc import Callable
from functools import lru_cache
from time import sleep

from .envelopes import reason
from .exchange import Reply
from .faults import Fault

OVERSIZE = 8 * 1024 * 1024
BOMB = 64 * 1024 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def send(line: socket.socket, reply: Reply, fault: Fault | None) -> bool:
    """Send the answer and return whether the connection may live on. Raises OSError when the client has left."""
    if fault is None:
        line.sendall(head(reply, len(reply.body)) + reply.body)
        return True
    return WAYS[fault.wire](line, reply, fault.seconds)


def head(reply: Reply, length: int) -> bytes:
    headers = {"Content-Length": str(length)}
    if reply.content_type:
        headers["Content-Type"] = reply.content_type
    headers |= reply.headers
    lines = [
        f"HTTP/1.1 {reply.status} {reason(reply.status)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def _whole(line: socket.socket, reply: Reply, seconds: float) -> bool:
    sleep(seconds)
    return send(line, reply, None)


def _timeout(line: socket.socket, reply: Reply, seconds: float) -> bool:
    """Hold the line in silence until the time is over or the client gives up."""
    patience = select.poll()  # Unlike select(), it takes more than a thousand connections.
    patience.register(line, select.POLLIN)
    patience.poll(seconds * 1000)
    return False


def _close(line: socket.socket, reply: Reply, seconds: float) -> bool:
    sleep(seconds)
    return False


def _reset(line: socket.socket, reply: Reply, seconds: float) -> bool:
    """Have the kernel send a real RST when the socket is closed."""
    sleep(seconds)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    return False


def _trickle_headers(line: socket.socket, reply: Reply, seconds: float) -> bool:
    _trickle(line, head(reply, len(reply.body)) + reply.body, seconds)
    return True


def _trickle_body(line: socket.socket, reply: Reply, seconds: float) -> bool:
    line.sendall(head(reply, len(reply.body)))
    _trickle(line, reply.body, seconds)
    return True


def _cut(line: socket.socket, reply: Reply, seconds: float) -> bool:
    """Promise the whole body, send half of it, and hang up."""
    sleep(seconds)
    line.sendall(head(reply, max(len(reply.body), 2)) + reply.body[: len(reply.body) // 2])
    return False


def _oversized(line: socket.socket, reply: Reply, seconds: float) -> bool:
    """Send a valid body with megabytes of white space behind it."""
    sleep(seconds)
    return send(line, _padded(reply, OVERSIZE), None)


def _gzip_bomb(line: socket.socket, reply: Reply, seconds: float) -> bool:
    """Send little that unpacks to much, whether or not the client accepts gzip."""
    sleep(seconds)
    packed = Reply(reply.status, _bomb(reply.body), reply.content_type, reply.headers)
    return send(line, packed.with_headers({"Content-Encoding": "gzip"}), None)


def _trickle(line: socket.socket, content: bytes, seconds: float) -> None:
    for byte in content:
        line.sendall(bytes([byte]))
        sleep(seconds)


def _padded(reply: Reply, size: int) -> Reply:
    return Reply(reply.status, reply.body.ljust(size), reply.content_type, reply.headers)


@lru_cache(maxsize=8)
def _bomb(body: bytes) -> bytes:
    return gzip.compress(body.ljust(BOMB), compresslevel=1)


WAYS: dict[str, Callable[[socket.socket, Reply, float], bool]] = {
    "whole": _whole,
    "timeout": _timeout,
    "close": _close,
    "reset": _reset,
    "trickle_headers": _trickle_headers,
    "trickle_body": _trickle_body,
    "cut": _cut,
    "oversized": _oversized,
    "gzip_bomb": _gzip_bomb,
}
