"""Bento's import queue: up to a thousand subscribers a call, found and merged."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .bento_commands import COMMANDS, invalid, is_address, newcomer
from .clock import moment, stamp
from .exchange import Reply, Request, json_reply
from .world import World

MOST_SUBSCRIBERS = 1000
NOT_FIELDS = {"email", "tags", "remove_tags", "created_at", "command", "uuid"}


def import_subscribers(world: World, request: Request) -> Reply:
    """Queue 1 to 1000 subscribers; what cannot be read is counted as failed, not refused."""
    items = request.params.get("subscribers")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_SUBSCRIBERS:
        return invalid("subscribers", f"must be a list of 1 to {MOST_SUBSCRIBERS}")
    good = [item for item in items if _importable(item)]
    if good:
        world.schedule("bento.import", {"items": good}, world.knobs.bento_import_delay)
    live = {"results": len(good), "failed": len(items) - len(good)}
    reply = {"result": len(good)} if world.knobs.bento_replies == "page" else live
    return json_reply(200, reply).having_effect(bool(good))


def apply_import(world: World, facts: dict[str, Any], at: datetime) -> None:
    for item in facts["items"]:
        _import_one(world, item, at)


def _import_one(world: World, item: dict[str, Any], at: datetime) -> None:
    """Find and merge: what the item does not name stays. Keys that Bento does not know become fields."""
    visitor = world.visitor_at(item["email"]) or newcomer(world.people, item["email"], at)
    if item.get("created_at"):
        visitor.created_at = stamp(moment(str(item["created_at"])))
    for command, query in _commands_within(item):
        COMMANDS[command](world.people, visitor, query, stamp(at))
    extra = {key: value for key, value in item.items() if key not in NOT_FIELDS}
    visitor.fields = {**(visitor.fields or {}), **extra} or None
    visitor.touch(stamp(at))


def _commands_within(item: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    yield from (("add_tag", name) for name in _names(item.get("tags")))
    yield from (("remove_tag", name) for name in _names(item.get("remove_tags")))
    if item.get("command") in ("subscribe", "unsubscribe"):
        yield item["command"], None


def _importable(item: Any) -> bool:
    """Flat keys, an address, a readable date: nested values are a failure that Bento lists."""
    if not isinstance(item, dict) or not is_address(item.get("email")):
        return False
    return _is_date(item.get("created_at")) and not any(isinstance(value, (dict, list)) for value in item.values())


def _is_date(value: Any) -> bool:
    try:
        return not value or bool(moment(str(value)))
    except ValueError:
        return False


def _names(text: Any) -> list[str]:
    return [name.strip() for name in str(text or "").split(",") if name.strip()]
