"""Bento's commands: eight acts on one subscriber each, queued; some of them create whom they do not find."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from .bento_search import record
from .clock import stamp
from .exchange import Reply, Request, json_reply
from .people import People, Visitor
from .world import World

MOST_COMMANDS = 100


def run_commands(world: World, request: Request) -> Reply:
    """Queue up to 100 commands and say how many; with the replies of the page, act at once and show the person."""
    wrapper = request.params.get("command")
    items = [wrapper] if isinstance(wrapper, dict) else wrapper
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_COMMANDS:
        return invalid("command", f"must be a list of 1 to {MOST_COMMANDS}")
    good = [item for item in items if _is_command(item)]
    at_once = world.knobs.bento_replies == "page"
    for item in good:
        world.schedule("bento.command", item, 0 if at_once else world.knobs.bento_command_delay)
    reply = _last_person(world, good) if at_once else {"results": len(good)}
    return json_reply(200, reply).having_effect(bool(good))


def apply_command(world: World, facts: dict[str, Any], at: datetime) -> None:
    """Run one command. Those in CREATING make a person of an unknown address; the others do nothing then."""
    visitor = _meant(world, facts)
    if visitor is None and facts.get("email") and facts["command"] in CREATING:
        visitor = newcomer(world.people, facts["email"], at)
    if visitor is not None:
        COMMANDS[facts["command"]](world.people, visitor, facts.get("query"), stamp(at))
        visitor.touch(stamp(at))


def newcomer(people: People, email: str, at: datetime) -> Visitor:
    """Create a visitor nobody knew: subscribed, without tags, and with null fields as Bento shows fresh people."""
    now = stamp(at)
    return people.visitors.add(Visitor(people.next_id(), str(uuid4()), email, created_at=now, updated_at=now))


def invalid(field: str, message: str) -> Reply:
    return json_reply(400, {"errors": [{"field": field, "message": message}]})


def is_address(value: Any) -> bool:
    return isinstance(value, str) and "@" in value


def _is_command(item: Any) -> bool:
    if not isinstance(item, dict) or str(item.get("command")) not in COMMANDS:
        return False
    named = is_address(item["email"]) if item.get("email") else isinstance(item.get("uuid"), str)
    return named and QUERIES.get(item["command"], _anything)(item.get("query"))


def _last_person(world: World, items: list[dict[str, Any]]) -> dict[str, Any]:
    world.settle()
    visitor = _meant(world, items[-1]) if items else None
    return {"data": record(world.people, visitor) if visitor else None}


def _meant(world: World, item: dict[str, Any]) -> Visitor | None:
    """Return whom an item means; a uuid may stand in place of the address."""
    if item.get("email"):
        return world.visitor_at(item["email"])
    try:
        return world.people.visitors.get(str(UUID(item["uuid"])))
    except ValueError:
        return None


def _add_tag(people: People, visitor: Visitor, query: Any, at: str) -> None:
    people.tag_id(query)
    if query not in visitor.tags:
        visitor.tags.append(query)


def _add_tag_via_event(people: People, visitor: Visitor, query: Any, at: str) -> None:
    _add_tag(people, visitor, query, at)
    visitor.last_event_at = at


def _remove_tag(people: People, visitor: Visitor, query: Any, at: str) -> None:
    visitor.tags = [name for name in visitor.tags if name != query]


def _add_field(people: People, visitor: Visitor, query: Any, at: str) -> None:
    visitor.fields = {**(visitor.fields or {}), query["key"]: query.get("value")}


def _remove_field(people: People, visitor: Visitor, query: Any, at: str) -> None:
    visitor.fields = {key: value for key, value in (visitor.fields or {}).items() if key != query}


def _subscribe(people: People, visitor: Visitor, query: Any, at: str) -> None:
    visitor.unsubscribed_at = None


def _unsubscribe(people: People, visitor: Visitor, query: Any, at: str) -> None:
    """Unsubscribe, or move the date of somebody who already was."""
    visitor.unsubscribed_at = at


def _change_email(people: People, visitor: Visitor, query: Any, at: str) -> None:
    """Move to another address, unless somebody lives there."""
    if not people.visitors.at(query, exact=True):
        people.visitors.move(visitor, email=query)


def _anything(query: Any) -> bool:
    return True


def _is_name(query: Any) -> bool:
    return isinstance(query, str) and bool(query.strip())


def _is_pair(query: Any) -> bool:
    return isinstance(query, dict) and _is_name(query.get("key"))


COMMANDS: dict[str, Callable[[People, Visitor, Any, str], None]] = {
    "add_tag": _add_tag,
    "add_tag_via_event": _add_tag_via_event,
    "remove_tag": _remove_tag,
    "add_field": _add_field,
    "remove_field": _remove_field,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "change_email": _change_email,
}
CREATING = {"add_tag", "add_tag_via_event", "add_field", "subscribe", "unsubscribe"}
QUERIES: dict[str, Callable[[Any], bool]] = {
    "add_tag": _is_name,
    "add_tag_via_event": _is_name,
    "remove_tag": _is_name,
    "add_field": _is_pair,
    "remove_field": _is_name,
    "change_email": is_address,
}
