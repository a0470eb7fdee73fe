"""Bento's two queues: imports of many subscribers, and commands."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from .bento_search import record
from .clock import moment, stamp
from .exchange import Reply, Request, json_reply
from .people import People, Visitor
from .world import World

MOST_SUBSCRIBERS = 1000
MOST_COMMANDS = 100
NOT_FIELDS = {"email", "tags", "remove_tags", "created_at", "command", "uuid"}


def import_subscribers(world: World, request: Request) -> Reply:
    """Queue 1 to 1000 subscribers; what cannot be read is counted as failed, not refused."""
    items = request.params.get("subscribers")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_SUBSCRIBERS:
        return _invalid("subscribers", f"must be a list of 1 to {MOST_SUBSCRIBERS}")
    good = [item for item in items if _importable(item)]
    if good:
        world.schedule("bento.import", {"items": good}, world.knobs.bento_import_delay)
    live = {"results": len(good), "failed": len(items) - len(good)}
    reply = {"result": len(good)} if world.knobs.bento_replies == "page" else live
    return json_reply(200, reply).having_effect(bool(good))


def run_commands(world: World, request: Request) -> Reply:
    """Queue up to 100 commands and say how many; with the replies of the page, act at once and show the person."""
    wrapper = request.params.get("command")
    items = [wrapper] if isinstance(wrapper, dict) else wrapper
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_COMMANDS:
        return _invalid("command", f"must be a list of 1 to {MOST_COMMANDS}")
    good = [item for item in items if _is_command(item)]
    at_once = world.knobs.bento_replies == "page"
    for item in good:
        world.schedule("bento.command", item, 0 if at_once else world.knobs.bento_command_delay)
    reply = _last_person(world, good) if at_once else {"results": len(good)}
    return json_reply(200, reply).having_effect(bool(good))


def newcomer(people: People, email: str, at: datetime) -> Visitor:
    """Create a visitor nobody knew: subscribed, without tags, and with null fields as Bento shows fresh people."""
    now = stamp(at)
    return people.visitors.add(Visitor(people.next_id(), str(uuid4()), email, created_at=now, updated_at=now))


def apply_import(people: People, facts: dict[str, Any], at: datetime) -> None:
    for item in facts["items"]:
        _import_one(people, item, at)


def apply_command(people: People, facts: dict[str, Any], at: datetime) -> None:
    """Run one command. Those in CREATING make a person of an unknown address; the others do nothing then."""
    visitor = _meant(people, facts)
    if visitor is None and facts.get("email") and facts["command"] in CREATING:
        visitor = newcomer(people, facts["email"], at)
    if visitor is not None:
        COMMANDS[facts["command"]](people, visitor, facts.get("query"), stamp(at))
        visitor.touch(stamp(at))


def _import_one(people: People, item: dict[str, Any], at: datetime) -> None:
    known = people.visitors.at(item["email"], exact=True)
    visitor = known[0] if known else newcomer(people, item["email"], at)
    if item.get("created_at"):
        visitor.created_at = stamp(moment(str(item["created_at"])))
    for name in _names(item.get("tags")):
        _add_tag(people, visitor, name, stamp(at))
    for name in _names(item.get("remove_tags")):
        _remove_tag(people, visitor, name, stamp(at))
    extra = {key: value for key, value in item.items() if key not in NOT_FIELDS}
    visitor.fields = {**(visitor.fields or {}), **extra} or None
    if item.get("command") in ("subscribe", "unsubscribe"):
        COMMANDS[item["command"]](people, visitor, None, stamp(at))
    visitor.touch(stamp(at))


def _importable(item: Any) -> bool:
    """Flat keys, an address, a readable date: nested values are a failure that Bento lists."""
    if not isinstance(item, dict) or not _is_address(item.get("email")):
        return False
    return _is_date(item.get("created_at")) and not any(isinstance(value, (dict, list)) for value in item.values())


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and "@" in value


def _is_date(value: Any) -> bool:
    try:
        return not value or bool(moment(str(value)))
    except ValueError:
        return False


def _names(text: Any) -> list[str]:
    return [name.strip() for name in str(text or "").split(",") if name.strip()]


def _is_command(item: Any) -> bool:
    if not isinstance(item, dict) or item.get("command") not in COMMANDS:
        return False
    named = _is_address(item.get("email")) or isinstance(item.get("uuid"), str)
    return named and QUERIES.get(item["command"], _anything)(item.get("query"))


def _last_person(world: World, items: list[dict[str, Any]]) -> dict[str, Any]:
    world.settle()
    visitor = _meant(world.people, items[-1]) if items else None
    return {"data": record(world.people, visitor) if visitor else None}


def _meant(people: People, item: dict[str, Any]) -> Visitor | None:
    """Return whom an item means; a uuid may stand in place of the address."""
    if item.get("email"):
        return next(iter(people.visitors.at(item["email"], exact=True)), None)
    try:
        return people.visitors.get(str(UUID(item["uuid"])))
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


def _invalid(field: str, message: str) -> Reply:
    return json_reply(400, {"errors": [{"field": field, "message": message}]})


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
    "change_email": _is_address,
}
