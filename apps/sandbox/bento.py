"""Bento as its pages describe it: data deletion requests and the subscriber endpoints.

Pages: https://bentonow.com/docs/data_deletion_requests_api and https://bentonow.com/docs/subscribers
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from . import bento_commands, bento_import, bento_search
from .clock import stamp
from .envelopes import documented, styled
from .exchange import Reply, Request, UnreadableBody, html_reply, json_reply
from .limits import Limit
from .people import Visitor
from .world import World

PUBLISHABLE_KEY = "pk_sandbox_6f1c2d9be84a4b57"
SECRET_KEY = "sk_sandbox_d03e7a5c91f24e68"  # noqa: S105 - an invented key that opens nothing but this process
SITE = "5a9db0c5e1f24b0c8d6f3a7b2c4e6f80"
PREFIXES = ("/api/v1/", "/v1/")
OWN = ("data_deletion_requests", "batch", "fetch")

ROUTES = {
    ("POST", "data_deletion_requests"): "delete",
    ("GET", "fetch/subscribers"): "find",
    ("POST", "fetch/subscribers"): "create",
    ("GET", "fetch/tags"): "tags",
    ("GET", "fetch/search"): "search",
    ("POST", "batch/subscribers"): "import",
    ("POST", "fetch/commands"): "commands",
}

# Bento's edge refuses these names of libraries; curl passes, since the vendor's own examples use it.
GENERIC_AGENT = re.compile(
    r"^(python-requests|python-urllib|python-httpx|aiohttp|go-http-client|java|okhttp|axios|node-fetch|undici)\b", re.I
)


class Bento:
    name = "bento"

    def __init__(self, world: World) -> None:
        self.world = world
        self.deletions = Limit(timedelta(days=1))
        self.calls = Limit(timedelta(minutes=1))
        self.actions: dict[str, Callable[[Request], Reply]] = {
            "delete": self.delete,
            "find": self.find,
            "create": self.create,
            "tags": self.tags,
            "search": lambda request: bento_search.search(world, request),
            "import": lambda request: bento_import.import_subscribers(world, request),
            "commands": lambda request: bento_commands.run_commands(world, request),
        }
        world.appliers["bento.anonymize"] = self.anonymize
        world.appliers["bento.import"] = lambda facts, at: bento_import.apply_import(world, facts, at)
        world.appliers["bento.command"] = lambda facts, at: bento_commands.apply_command(world, facts, at)

    def reset(self) -> None:
        self.deletions.reset()
        self.calls.reset()

    def owns(self, path: str) -> bool:
        return endpoint(path).partition("/")[0] in OWN

    def action(self, request: Request) -> str:
        return ROUTES.get((request.method, endpoint(request.path)), "")

    def answer(self, request: Request) -> Reply:
        """Check agent, key, site and body in the order in which Bento's edge and API would."""
        agent = request.headers.get("User-Agent", "").strip()
        if not agent or GENERIC_AGENT.match(agent):
            return html_reply(403, "Access denied | app.bentonow.com used Cloudflare to restrict access")
        try:
            return self._admitted(request)
        except UnreadableBody:
            return documented(self.name, 400)

    def delete(self, request: Request) -> Reply:
        """Queue anonymization of the visitor with this address; the day's quota counts every request."""
        if not self.deletions.admits(self.world.knobs.bento_deletions_per_day, self.world.clock.now()):
            return self._too_many()
        wrapper = request.params.get("data_deletion_request")
        email = wrapper.get("email") if isinstance(wrapper, dict) else None
        if not isinstance(email, str) or not email.strip():
            return documented(self.name, 400)
        return self._queue_anonymization(email)

    def find(self, request: Request) -> Reply:
        """Find by address or uuid; nobody found is a 200 without data, unless the knob says otherwise."""
        email, uuid = request.params.get("email"), request.params.get("uuid")
        if not email and not uuid:
            return documented(self.name, 400)
        visitor = self.world.visitor_at(str(email)) if email else self._by_uuid(str(uuid))
        return json_reply(200, {"data": self.shown(visitor)}) if visitor else self._nobody()

    def create(self, request: Request) -> Reply:
        """Create at once, without custom fields; somebody already known is answered as found."""
        wrapper = request.params.get("subscriber")
        email = wrapper.get("email") if isinstance(wrapper, dict) else None
        if not isinstance(email, str) or "@" not in email:
            return documented(self.name, 400)
        known = self.world.visitor_at(email)
        visitor = known or bento_commands.newcomer(self.world.people, email, self.world.clock.now())
        return json_reply(200 if known else 201, {"data": self.shown(visitor)}).having_effect(not known)

    def tags(self, request: Request) -> Reply:
        tags = [
            {"id": tag_id, "type": "tags", "attributes": {"name": name, "created_at": None, "discarded_at": None}}
            for name, tag_id in self.world.people.tag_ids.items()
        ]
        return json_reply(200, {"data": tags})

    def anonymize(self, facts: dict[str, Any], at: datetime) -> None:
        """Clear the address and everything personal; the record stays and can be found by its uuid."""
        visitor = self.world.people.visitors.get(facts["uuid"])
        if visitor and not visitor.sticky:
            self.world.people.visitors.move(visitor, email="", fields={}, tags=[], unsubscribed_at=None)
            visitor.touch(stamp(at))

    def shown(self, visitor: Visitor) -> dict[str, Any]:
        return bento_search.record(self.world.people, visitor)

    def _admitted(self, request: Request) -> Reply:
        if request.credentials != (PUBLISHABLE_KEY, SECRET_KEY) or request.params.get("site_uuid") != SITE:
            return documented(self.name, 401)
        action = self.action(request)
        if not action:
            return styled(self.name, 404, "html")
        if action != "delete" and not self.calls.admits(self.world.knobs.bento_per_minute, self.world.clock.now()):
            return self._too_many()
        return self.actions[action](request)

    def _queue_anonymization(self, email: str) -> Reply:
        visitor = self.world.visitor_at(email)
        if visitor is None:
            return documented(self.name, 404)
        if visitor.refusal:
            return styled(self.name, 422, "errors" if visitor.refusal == "errors" else "json")
        self.world.schedule("bento.anonymize", {"uuid": visitor.uuid}, self.world.knobs.bento_anonymize_delay)
        return documented(self.name, 202).having_effect()

    def _by_uuid(self, text: str) -> Visitor | None:
        try:
            return self.world.people.visitors.get(str(UUID(text)))
        except ValueError:
            return None

    def _nobody(self) -> Reply:
        replies = {
            "empty": json_reply(200, {}),
            "null": json_reply(200, {"data": None}),
            "json404": json_reply(404, {"error": "Not Found"}),
            "html404": styled(self.name, 404, "html"),
            "error500": json_reply(500, {"error": "Internal Server Error"}),
        }
        return replies[self.world.knobs.bento_not_found]

    def _too_many(self) -> Reply:
        pause = self.world.knobs.retry_after
        return documented(self.name, 429).with_headers({"Retry-After": pause} if pause else {})


def endpoint(path: str) -> str:
    """Strip what may stand around a path of Bento; "" when it is none."""
    prefix = next((prefix for prefix in PREFIXES if path.startswith(prefix)), None)
    return path.removeprefix(prefix).rstrip("/") if prefix else ""
