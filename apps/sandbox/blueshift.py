"""Blueshift's customer API: delete, forget, unforget, search by email and get by uuid.

Page: https://developer.blueshift.com/reference/post_api-v1-customers-delete
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from .blueshift_profile import shown
from .clock import stamp
from .envelopes import UNROUTED, documented, styled
from .exchange import Reply, Request, UnreadableBody, json_reply
from .limits import Limit
from .people import Customer
from .world import World

USER_KEY = "sandbox_user_key_b7d24c0a95e13f86"
PREFIX = "/api/v1/customers"
MOST_PER_REQUEST = 50
KINDS = ("email", "customer_id", "cookie", "device_id")
FLAG = "delete_all_matching_customers"
ROUTES = {
    ("GET", ""): "search",
    ("POST", "/delete"): "delete",
    ("POST", "/forget"): "forget",
    ("POST", "/unforget"): "unforget",
}


class NoIdentifier(ValueError):
    """The request names nobody."""


class Blueshift:
    name = "blueshift"

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls = Limit(timedelta(seconds=1))
        self.actions: dict[str, Callable[[Request], Reply]] = {
            "search": self.search,
            "get": self.get,
            "delete": self.delete,
            "forget": self.forget,
            "unforget": self.unforget,
        }
        world.appliers["blueshift.delete"] = self.apply_deletion
        world.appliers["blueshift.forget"] = self.apply_forgetting

    def reset(self) -> None:
        self.calls.reset()

    def action(self, request: Request) -> str:
        """Name the act; every other GET one step below the customers asks for a uuid."""
        rest = rest_of(request.path)
        uuid_asked = request.method == "GET" and rest.startswith("/") and rest.count("/") == 1
        return ROUTES.get((request.method, rest), "get" if uuid_asked else "")

    def answer(self, request: Request) -> Reply:
        action = self.action(request)
        if not action:
            return json_reply(404, UNROUTED)
        if request.credentials != (USER_KEY, ""):
            return documented(self.name, 401)
        if not self.calls.admits(self.world.knobs.blueshift_per_second, self.world.clock.now()):
            pause = self.world.knobs.retry_after
            return documented(self.name, 429).with_headers({"Retry-After": pause} if pause else {})
        try:
            return self.actions[action](request)
        except (NoIdentifier, UnreadableBody):
            return documented(self.name, 400)

    def search(self, request: Request) -> Reply:
        """Find by email, the only parameter; the cap hides profiles the way an undocumented limit would."""
        email = request.query.get("email")
        if not isinstance(email, str) or not email:
            raise NoIdentifier
        found = self._at(email)[: self.world.knobs.blueshift_search_cap or None]
        users = [shown(customer) for customer in found]
        if not users:
            return self._nobody({"users": [], "user": None})
        return json_reply(200, {"users": users, "user": users[0]})

    def get(self, request: Request) -> Reply:
        customer = self.world.people.customers.get(rest_of(request.path)[1:])
        return json_reply(200, {"customer": shown(customer)}) if customer else self._nobody({"customer": None})

    def delete(self, request: Request) -> Reply:
        """Queue deletion of the first match, or of up to 50; the answer is the same and counts nothing."""
        found = self._matching(request)
        leaving = self._still_here(found)[: MOST_PER_REQUEST if self._wants_all(request) else 1]
        for customer in leaving:
            customer.leaving = True
        if leaving:
            uuids = [customer.uuid for customer in leaving]
            self.world.schedule("blueshift.delete", {"uuids": uuids}, self.world.knobs.blueshift_delay)
        return self._accepted(found, effect=bool(leaving))

    def forget(self, request: Request) -> Reply:
        """Queue forgetting of the first match; whether several would be forgotten is documented nowhere."""
        found = self._matching(request)
        for customer in found[:1]:
            self.world.schedule("blueshift.forget", {"uuid": customer.uuid}, self.world.knobs.blueshift_delay)
        return self._accepted(found, effect=bool(found))

    def unforget(self, request: Request) -> Reply:
        """Resume tracking of a forgotten person; nothing comes back, but feeds may create them again."""
        found = self._matching(request)
        forgotten = [customer for customer in found if not customer.tracked]
        for customer in forgotten:
            customer.tracked = True
        return self._accepted(found, effect=bool(forgotten))

    def apply_deletion(self, facts: dict[str, Any], at: datetime) -> None:
        for uuid in facts["uuids"]:
            customer = self.world.people.customers.get(uuid)
            if customer and not customer.sticky:
                self.world.people.customers.remove(customer)
            elif customer:
                customer.leaving = False

    def apply_forgetting(self, facts: dict[str, Any], at: datetime) -> None:
        """Scrub the profile but leave it in the search results, as Blueshift's help page describes."""
        customer = self.world.people.customers.get(facts["uuid"])
        if customer and customer.tracked and not customer.sticky:
            known = {kind: getattr(customer, kind) for kind in KINDS}
            blank = dict.fromkeys((*KINDS, "unsubscribed_at"))
            self.world.people.customers.move(
                customer, **blank, attributes={}, forgotten=known, tracked=False, updated_at=stamp(at)
            )

    def _matching(self, request: Request) -> list[Customer]:
        """Return who matches all identifiers given, oldest first. Raises NoIdentifier."""
        params = request.params
        given = {kind: params[kind] for kind in KINDS if isinstance(params.get(kind), str) and params[kind].strip()}
        if not given:
            raise NoIdentifier
        email = given.pop("email", None)
        pool = self._at(email) if email else self.world.people.customers
        return [customer for customer in pool if all(customer.matches(*pair) for pair in given.items())]

    def _at(self, email: str) -> list[Customer]:
        return self.world.people.customers.at(email, exact=self.world.knobs.blueshift_case_sensitive)

    def _still_here(self, found: list[Customer]) -> list[Customer]:
        if self.world.knobs.blueshift_rematches_leaving:
            return found
        return [customer for customer in found if not customer.leaving]

    def _wants_all(self, request: Request) -> bool:
        """Look for the flag where the knob says: the page shows it in the body, the reference in the query."""
        place = self.world.knobs.blueshift_flag
        in_query = place != "body" and request.query.get(FLAG) == "true"
        return in_query or (place != "query" and request.body.get(FLAG) in (True, "true"))

    def _accepted(self, found: list[Customer], *, effect: bool) -> Reply:
        style = self.world.knobs.blueshift_unknown
        if found or style == "ok":
            return documented(self.name, 200).having_effect(effect)
        return styled(self.name, 404, {"json404": "json", "html404": "html", "empty404": "empty"}[style])

    def _nobody(self, empty: dict[str, Any]) -> Reply:
        style = self.world.knobs.blueshift_nobody
        if style == "json404":
            return documented(self.name, 404)
        return json_reply(200, empty if style == "empty" else {})


def rest_of(path: str) -> str:
    """Return what follows the customers in a path, "" for the customers themselves, "?" for anything else."""
    here, _, rest = path.rstrip("/").partition(PREFIX)
    return rest if path.startswith(PREFIX) and not here and rest[:1] in ("", "/") else "?"
