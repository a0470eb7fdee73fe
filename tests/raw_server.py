"""A loopback server that says each byte as a test wants it: what no well-behaved server can be made to do."""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Turn = Callable[[socket.socket], bool]


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class RawServer:
    """Plays one turn per request, the last one again and again. `on_accept` takes a connection before it is read."""

    def __init__(self, *turns: Turn, tls: ssl.SSLContext | None = None, on_accept: Turn | None = None):
        self.requests: list[Received] = []
        self.connections = 0
        self._turns = list(turns)
        self._tls = tls
        self._on_accept = on_accept
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._start(self._accept)

    def close(self) -> None:
        """Shut every socket down and wait for the threads: nothing outlives its test."""
        for sock in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for sock in [self._listener, *self._open]:
            sock.close()

    def _start(self, target: Callable, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            line = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            self._open.append(line)
            if self._on_accept is None or self._on_accept(line):
                self._converse(line)
            hang_up(line)

    def _converse(self, line: socket.socket) -> None:
        with line.makefile("rb") as stream:
            while received := _read_request(stream):
                if not self._next_turn(received)(line):
                    return

    def _next_turn(self, received: Received) -> Turn:
        with self._lock:
            self.requests.append(received)
            return self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]


def says(status: str = "200 OK", body: bytes = b"", **headers: str) -> Turn:
    """Answer properly; header names are written with underscores."""
    return lambda line: _send(line, response(status, body, **headers))


def says_json(status: str, document: object, **headers: str) -> Turn:
    return says(status, json.dumps(document).encode(), content_type="application/json", **headers)


def says_raw(*pieces: bytes, every: float = 0.0) -> Turn:
    """Send these bytes and nothing else, with a pause before each piece, then hang up."""
    return lambda line: _stream(line, pieces, every)


def streams(pieces: Iterable[bytes], every: float = 0.0) -> Turn:
    """Send pieces for as long as anybody takes them; an endless iterable is fine."""
    return lambda line: _stream(line, pieces, every)


def waits(seconds: float, turn: Turn) -> Turn:
    return lambda line: time.sleep(seconds) or turn(line)


def resets(line: socket.socket) -> bool:
    """End the connection with a RST instead of a FIN."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
    return False


def hangs_up(line: socket.socket) -> bool:
    """End the connection without a word."""
    return False


def hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def response(status: str, body: bytes = b"", **headers: str) -> bytes:
    named = {"content-length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def _send(line: socket.socket, data: bytes) -> bool:
    line.sendall(data)
    return True


def _stream(line: socket.socket, pieces: Iterable[bytes], every: float) -> bool:
    for piece in pieces:
        time.sleep(every)
        line.sendall(piece)
    return False


def _read_request(stream) -> Received | None:
    first = stream.readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    headers = {}
    while line := stream.readline().strip().decode("latin-1"):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Received(first[0], first[1], headers, stream.read(int(headers.get("content-length", 0))))
