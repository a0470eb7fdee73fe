from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from .answers import Profile
from .errors import WORDS, Outcome
from .judging import Judge
from .records import OddShape, holds_something, items, moment, record, text, uuid
from .replies import Reply, claims_failure

_PERSONAL = ("email", "first_name", "last_name", "fields")


class BentoJudge(Judge):
    """Bento's reading of the numbers (docs/vendors/bento.md), the same for every one of its endpoints."""

    label = "Bento"
    statuses: ClassVar[Mapping[int, Outcome]] = MappingProxyType(
        {
            400: Outcome.REJECTED,
            401: Outcome.KEY_REFUSED,
            403: Outcome.KEY_REFUSED,
            408: Outcome.MAYBE_ARRIVED,
            409: Outcome.MAYBE_ARRIVED,
            413: Outcome.REJECTED,
            422: Outcome.REJECTED,
            425: Outcome.MAYBE_ARRIVED,
            429: Outcome.BUSY,
            503: Outcome.BUSY,
        }
    )
    words: ClassVar[Mapping[Outcome, str]] = MappingProxyType(
        {
            **WORDS,
            Outcome.ACCEPTED: "Queued for anonymization at Bento. Not yet proof.",
            Outcome.ABSENT: "No such visitor on this site.",
            Outcome.ABSENT_UNSURE: "No such visitor on this site.",
        }
    )

    def _absence(self, reply: Reply) -> Outcome:
        """Any other 404 means a wrong path or method (Bento: errors), so it never means "nobody"."""
        body = reply.json
        is_visitor = isinstance(body, dict) and body.get("error") == "visitor_not_found"
        return Outcome.ABSENT if is_visitor else Outcome.WRONG_ADDRESS


def profiles(body: object) -> tuple[Profile, ...]:
    """Read a find. Not found is 200 without data: `{}`, `[]`, or data null or empty (bento-beyond-the-page 1.3)."""
    if body in ({}, []):
        return ()
    if not isinstance(body, dict) or "data" not in body or claims_failure(body):
        raise OddShape("A find answers an object with data.")
    data = body["data"]
    if data in (None, {}):
        return ()
    return tuple(profile(visitor) for visitor in (data if isinstance(data, list) else [data]))


def profile(visitor: object) -> Profile:
    """Read one visitor; `fields`, `unsubscribed_at` and tags may be null or missing (bento-beyond-the-page 1.2)."""
    attributes = record(record(visitor).get("attributes"))
    if not attributes:
        raise OddShape("A visitor without attributes.")
    unsubscribed_at = attributes.get("unsubscribed_at")
    return Profile(
        uuid=uuid(attributes.get("uuid")),
        email=text(attributes.get("email")),
        unsubscribed=bool(unsubscribed_at) if "unsubscribed_at" in attributes else None,
        unsubscribed_at=moment(unsubscribed_at),
        created_at=moment(attributes.get("created_at")),
        tags=_tags(attributes),
        fields=record(attributes.get("fields")),
        personal=any(holds_something(attributes.get(name)) for name in _PERSONAL),
    )


def _tags(attributes: Mapping[str, object]) -> tuple[str, ...]:
    """Return names where the answer has them, else "tag 174": a find holds Bento's internal ids (Find Subscriber)."""
    named = attributes.get("tags")
    if isinstance(named, list) and named:
        return tuple(text(tag.get("name") if isinstance(tag, dict) else tag) for tag in named)
    return tuple(f"tag {text(tag)}" for tag in items(attributes.get("cached_tag_ids")))
