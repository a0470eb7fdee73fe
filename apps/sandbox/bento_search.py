"""How Bento shows a subscriber, and its search."""

from datetime import datetime
from typing import Any

from .clock import moment
from .exchange import Reply, Request, json_reply
from .people import People, Visitor
from .world import World

PAGE_SIZE = 100
DATES = ("created_at", "updated_at", "last_event_at", "unsubscribed_at")
TAG_FILTERS = ("tags", "tag_names", "tag_ids")
Span = tuple[datetime | None, datetime | None]


def record(people: People, visitor: Visitor) -> dict[str, Any]:
    attributes = {
        "uuid": visitor.uuid,
        "email": visitor.email,
        "fields": visitor.fields,
        "cached_tag_ids": [people.tag_id(name) for name in visitor.tags],
        "unsubscribed_at": visitor.unsubscribed_at,
        "navigation_url": f"/account/visitors/visitor_{visitor.id}",
    }
    return {"id": visitor.id, "type": "visitors", "attributes": attributes}


def search(world: World, request: Request) -> Reply:
    """Search by tags and dates, 100 a page, without a total; most plans may not, so a knob opens it."""
    if world.knobs.bento_search != "open":
        return json_reply(*_NOT_AVAILABLE[world.knobs.bento_search])
    try:
        page = _page(request.params)
        spans = {name: _span(request.params[name]) for name in DATES if name in request.params}
    except ValueError:
        return json_reply(400, {"errors": [{"field": "page", "message": "is invalid"}]})
    found = [visitor for visitor in world.people.visitors if _matches(world.people, visitor, request.params, spans)]
    on_page = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return json_reply(
        200,
        {"data": [record(world.people, visitor) for visitor in on_page], "meta": _meta(page, request.params)},
    )


_NOT_AVAILABLE = {
    "refused": (403, {"error": "Search is not available on this plan"}),
    "missing": (404, {"error": "Not Found"}),
}


def _meta(page: int, params: dict[str, Any]) -> dict[str, Any]:
    return {"page": page, "query": {name: params[name] for name in (*TAG_FILTERS, *DATES) if name in params}}


def _page(params: dict[str, Any]) -> int:
    page = int(str(params.get("page", "")))
    if page < 1:
        raise ValueError("Pages start at 1.")
    return page


def _span(limits: Any) -> Span:
    if not isinstance(limits, dict):
        raise ValueError("A date filter has gt, lt or both.")
    return tuple(moment(str(limits[key])) if limits.get(key) else None for key in ("gt", "lt"))


def _matches(people: People, visitor: Visitor, params: dict[str, Any], spans: dict[str, Span]) -> bool:
    tag_ids = {people.tag_id(name) for name in visitor.tags}
    return (
        _tagged(set(visitor.tags), params.get("tags", params.get("tag_names")))
        and _tagged(tag_ids, params.get("tag_ids"))
        and all(_within(getattr(visitor, name), *span) for name, span in spans.items())
    )


def _tagged(has: set[str], wanted: Any) -> bool:
    """Any of the tags is enough; a string is a list with commas."""
    if not wanted:
        return True
    names = wanted if isinstance(wanted, list) else str(wanted).split(",")
    return bool(has & {str(name).strip() for name in names})


def _within(value: str | None, after: datetime | None, before: datetime | None) -> bool:
    if value is None:
        return False
    when = moment(value)
    return (after is None or when > after) and (before is None or when < before)
