"""The HTTP server: a thread per connection, keep-alive, on the loopback interface only."""

import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from . import wire
from .exchange import Reply, Request, json_reply
from .switchboard import Delivery, Switchboard

HOST = "127.0.0.1"
LARGEST_BODY = 8 * 1024 * 1024
LONGEST_NUMBER = 20


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120
    server: "Server"

    def setup(self) -> None:
        super().setup()
        self.number = next(self.server.numbers)

    def answer(self) -> None:
        """Answer one request; half of one asks for nothing, and one too large or of unknown length is refused."""
        if refusal := self._refusal():
            self.close_connection = True
            wire.send(self.connection, refusal.with_headers({"Connection": "close"}), None)
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        self._switch(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *args: Any) -> None:
        """Stay quiet: the journal is the log."""

    def _switch(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        request = Request(self.command, path, query, self.headers, body, self.number)
        with self.server.switchboard.open_line(path):
            self._deliver(self.server.switchboard.answer(request))

    def _deliver(self, delivery: Delivery) -> None:
        """Send, and close the socket at once where the wire ended the connection: a reset must not wait."""
        lives_on = wire.send(self.connection, delivery.reply, delivery.fault)
        if not lives_on:
            self.close_connection = True
            self.rfile.close()
            self.connection.close()

    def _refusal(self) -> Reply | None:
        length = self.headers.get("Content-Length") or "0"
        if self.headers.get("Transfer-Encoding"):
            return json_reply(411, {"error": "Length Required"})
        if not (length.isascii() and length.isdigit() and len(length) < LONGEST_NUMBER):
            return json_reply(400, {"error": "Bad Request"})
        return json_reply(413, {"error": "Payload Too Large"}) if int(length) > LARGEST_BODY else None


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, switchboard: Switchboard) -> None:
        self.switchboard = switchboard
        self.numbers = count(1)
        super().__init__((HOST, port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is daily business for a sandbox; anything else is a bug worth its traceback."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()
