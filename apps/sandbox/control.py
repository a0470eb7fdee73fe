"""The control interface under /_sandbox/: what tests and demos use to look behind the vendors' curtain."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from . import page
from .arrivals import CUSTOMER_WISHES, VISITOR_WISHES, UnknownWish, add_person, check, recreate
from .clock import stamp
from .exchange import Reply, Request, UnreadableBody, json_reply
from .faults import UnknownFault
from .journal import Entry
from .knobs import UnknownSetting
from .people import Customer, People, Visitor
from .seeds import sow
from .world import World

ROOT = "/_sandbox"
Answer = Callable[[Request], Any]


class Unanswerable(ValueError):
    """A request to the control interface that makes no sense. The message says why."""


class Control:
    def __init__(self, world: World, limits: Iterable[Callable[[], None]]) -> None:
        self.world = world
        self._reset_limits = list(limits)
        self.routes: dict[tuple[str, str], Answer] = {
            ("GET", "health"): self.health,
            ("GET", "journal"): self.read_journal,
            ("DELETE", "journal"): self.forget_journal,
            ("GET", "people"): self.list_people,
            ("POST", "people"): self.add_people,
            ("PATCH", "people"): self.change_person,
            ("DELETE", "people"): self.remove_person,
            ("GET", "faults"): self.list_faults,
            ("POST", "faults"): self.order_faults,
            ("DELETE", "faults"): self.withdraw_faults,
            ("GET", "settings"): self.read_settings,
            ("POST", "settings"): self.change_settings,
            ("POST", "recreate"): self.recreate,
            ("POST", "clock"): self.advance,
            ("POST", "settle"): self.settle,
            ("POST", "reset"): self.reset,
        }

    def answer(self, request: Request) -> Reply:
        name = request.path.removeprefix(ROOT).strip("/").partition("/")[0]
        if request.method == "GET" and not name:
            return page.show(self.world)
        action = self.routes.get((request.method, name))
        if action is None:
            return json_reply(404, {"error": f"There is no {request.method} {request.path} here."})
        try:
            return self._acted(action, request)
        except UnreadableBody:
            return json_reply(400, {"error": "The body is not a JSON object."})
        except (Unanswerable, UnknownFault, UnknownSetting, UnknownWish) as error:
            return json_reply(400, {"error": str(error)})

    def health(self, request: Request) -> Any:
        return {"status": "ok", "now": stamp(self.world.clock.now()), "waiting_effects": len(self.world.effects)}

    def read_journal(self, request: Request) -> Any:
        """Filter by vendor, action, address and `after`, the number of an entry."""
        after = str(request.query.get("after") or 0)
        if not after.isdecimal():
            raise Unanswerable("after is the number of an entry.")
        return {"entries": [asdict(entry) for entry in self.world.journal if _wanted(entry, request.query, int(after))]}

    def forget_journal(self, request: Request) -> Any:
        self.world.journal.forget()
        return {}

    def list_people(self, request: Request) -> Any:
        """List what each vendor holds, filtered by address if one is given."""
        dump = self.world.people.dump()
        address = str(request.query.get("address", "")).casefold()
        for vendor in ("bento", "blueshift"):
            dump[vendor] = [person for person in dump[vendor] if address in ("", (person["email"] or "").casefold())]
        return dump

    def add_people(self, request: Request) -> Any:
        """Add one person, or all of `people`; answers the uuids in order."""
        many = _listed(request, "people")
        now = stamp(self.world.clock.now())
        return {"uuids": [uuid for wishes in many for uuid in add_person(self.world.people, wishes, at=now)]}

    def change_person(self, request: Request) -> Any:
        """Change attributes of one record behind the console's back."""
        record, changes = self._person(request), request.body
        check(changes, VISITOR_WISHES if isinstance(record, Visitor) else CUSTOMER_WISHES)
        self._register(record).move(record, **{"updated_at": stamp(self.world.clock.now())} | changes)
        return asdict(record)

    def remove_person(self, request: Request) -> Any:
        record = self._person(request)
        self._register(record).remove(record)
        return {}

    def list_faults(self, request: Request) -> Any:
        return {"faults": self.world.faults.dump()}

    def order_faults(self, request: Request) -> Any:
        """Order one fault, or all of `faults`; answers their numbers."""
        return {"numbers": [self.world.faults.order(wishes).number for wishes in _listed(request, "faults")]}

    def withdraw_faults(self, request: Request) -> Any:
        self.world.faults.withdraw_all()
        return {}

    def read_settings(self, request: Request) -> Any:
        return self.world.knobs.as_dict()

    def change_settings(self, request: Request) -> Any:
        self.world.knobs = self.world.knobs.changed(request.body)
        return self.world.knobs.as_dict()

    def recreate(self, request: Request) -> Any:
        uuids = recreate(self.world.people, request.body, at=stamp(self.world.clock.now()))
        return {"created": bool(uuids), "uuids": uuids}

    def advance(self, request: Request) -> Any:
        """Push the clock forward by `advance` seconds."""
        seconds = request.body.get("advance")
        if type(seconds) not in (int, float) or not 0 <= seconds <= 10**9:
            raise Unanswerable("advance takes a number of seconds.")
        self.world.clock.advance(seconds)
        self.world.settle()
        return self.health(request)

    def settle(self, request: Request) -> Any:
        """Let everything accepted happen now."""
        self.world.settle(everything=True)
        return self.health(request)

    def reset(self, request: Request) -> Any:
        """Start afresh: settings of the start, no faults, no journal, and the seeds unless `seeds` is false."""
        self.world.restart()
        if request.body.get("seeds", True):
            sow(self.world.people)
        for reset_limit in self._reset_limits:
            reset_limit()
        return self.health(request)

    def _acted(self, action: Answer, request: Request) -> Reply:
        if request.method != "GET":
            self.world.has_changed = True
        return json_reply(200, action(request))

    def _person(self, request: Request) -> Visitor | Customer:
        uuid = request.path.rstrip("/").rpartition("/")[2]
        record = self.world.people.visitors.get(uuid) or self.world.people.customers.get(uuid)
        if record is None:
            raise Unanswerable("Nobody here has this uuid.")
        return record

    def _register(self, record: Visitor | Customer) -> Any:
        people: People = self.world.people
        return people.visitors if isinstance(record, Visitor) else people.customers


def _listed(request: Request, name: str) -> list[dict[str, Any]]:
    """Return the objects under a name, or the body itself as the only one."""
    many = request.body.get(name, [request.body])
    if not isinstance(many, list) or not all(isinstance(one, dict) for one in many):
        raise Unanswerable(f"{name} is a list of objects.")
    return many


def _wanted(entry: Entry, query: dict[str, Any], after: int) -> bool:
    address = str(query.get("address", "")).casefold()
    return (
        query.get("vendor") in (None, "", entry.vendor)
        and query.get("action") in (None, "", entry.action)
        and (not address or address in {name.casefold() for name in entry.identifiers})
        and entry.number > after
    )
