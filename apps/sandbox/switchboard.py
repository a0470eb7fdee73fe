"""Lead each request to the vendor or the control interface it is for, one at a time, and journal it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from uuid import uuid4

from .bento import Bento
from .blueshift import Blueshift
from .clock import stamp
from .control import ROOT, Control
from .exchange import Reply, Request, UnreadableBody
from .faults import Fault
from .journal import Entry
from .parameters import Tree
from .world import World


@dataclass(frozen=True)
class Delivery:
    """What to send; the fault, if any, says how it travels."""

    reply: Reply
    fault: Fault | None = None


class Switchboard:
    def __init__(self, world: World) -> None:
        self.world = world
        self.lock = Lock()
        self._in_flight = 0
        self._bento, self._blueshift = Bento(world), Blueshift(world)
        self._control = Control(world, limits=[self._bento.reset, self._blueshift.reset])

    @contextmanager
    def open_line(self, path: str) -> Iterator[None]:
        """Count a request to a vendor as in flight until its answer has left or was given up."""
        weight = 0 if path.startswith(ROOT) else 1
        with self.lock:
            self._in_flight += weight
        try:
            yield
        finally:
            with self.lock:
                self._in_flight -= weight

    def answer(self, request: Request) -> Delivery:
        """Decide, act and journal under the lock; nothing here waits or touches a socket."""
        with self.lock:
            self.world.settle()
            if request.path.startswith(ROOT):
                return Delivery(self._control.answer(request))
            delivery = self._vendor_answer(request)
            self.world.settle()
            return delivery

    def _vendor_answer(self, request: Request) -> Delivery:
        # A path that nobody knows is Blueshift's: its words for "unrouted" are on record, Bento's are not.
        vendor = self._bento if self._bento.owns(request.path) else self._blueshift
        fault = self.world.faults.strike(vendor.name, request)
        own = vendor.answer(request) if fault is None or fault.effect else Reply(0)
        reply = _stamped(fault.answer(vendor.name, own) if fault else own)
        self.world.has_changed |= own.effect
        self.world.journal.write(self._entry(vendor, request, reply, fault, own.effect))
        return Delivery(reply, fault)

    def _entry(
        self, vendor: Bento | Blueshift, request: Request, reply: Reply, fault: Fault | None, effect: bool
    ) -> Entry:
        headers = request.headers
        return Entry(
            number=len(self.world.journal) + 1,
            received_at=stamp(self.world.clock.now()),
            vendor=vendor.name,
            action=vendor.action(request),
            method=request.method,
            path=request.path,
            query=request.query,
            body=_body(request),
            identifiers=request.identifiers,
            request_id=headers.get("X-Request-Id", ""),
            idempotency_key=headers.get("Idempotency-Key", ""),
            user_agent=headers.get("User-Agent", ""),
            content_type=headers.get("Content-Type", ""),
            connection=request.connection,
            in_flight=self._in_flight,
            status=None if fault and fault.is_silent else reply.status,
            reply_id=reply.headers["x-request-id"],
            fault=fault.label if fault else "",
            effect=effect,
        )


def _stamped(reply: Reply) -> Reply:
    """Both vendors run on Rails, which names every answer."""
    return reply.with_headers({"x-request-id": str(uuid4()), **reply.headers})


def _body(request: Request) -> Tree:
    try:
        return request.body
    except UnreadableBody:
        return {}
