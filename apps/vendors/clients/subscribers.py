"""What can be asked of Bento about one subscriber: an import's record, or one of the eight commands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

_CURRENCY = re.compile(r"[A-Z]{3}")
COLUMNS = frozenset(
    {
        "email",
        "first_name",
        "last_name",
        "tags",
        "remove_tags",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_content",
        "utm_term",
        "created_at",
        "lifetime_value_currency",
        "lifetime_value_amount",
    }
)
# Older pages let a row carry a command, and a uuid means another person (bento-beyond-the-page 3): no field may.
_NO_FIELDS = COLUMNS | {"command", "uuid", "id", "unsubscribed_at", "cached_tag_ids", "navigation_url", "fields"}


class UnfitSubscriber(ValueError):
    """The record or command cannot be sent; a full sentence that repeats no value."""


@dataclass(frozen=True)
class Subscriber:
    """One record of an import (Bento: Subscribers, Import Subscribers). Raises UnfitSubscriber; "" is left out."""

    email: str = field(repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    created_at: datetime | None = None
    lifetime_value_currency: str = ""
    lifetime_value_amount: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self):
        _require_address(self.email)
        for tag in (*self.tags, *self.remove_tags):
            _require_tag(tag)
        if self.lifetime_value_currency and not _CURRENCY.fullmatch(self.lifetime_value_currency):
            raise UnfitSubscriber("lifetime_value_currency is no code of three capital letters such as USD.")
        if self.created_at is not None and self.created_at.tzinfo is None:
            raise UnfitSubscriber("created_at has no time zone.")
        require_free_names(self.fields)

    def item(self) -> dict[str, str | int]:
        """Return what goes over the wire: flat, tags joined by commas, own fields beside the documented ones."""
        named = {name: getattr(self, name) for name in sorted(COLUMNS)}
        sent = {**self.fields, **named, "tags": ",".join(self.tags), "remove_tags": ",".join(self.remove_tags)}
        sent["created_at"] = self.created_at.astimezone(UTC).isoformat() if self.created_at else ""
        return {name: value for name, value in sent.items() if value not in ("", None)}


class Verb(StrEnum):
    """The eight commands (Bento: Subscribers, Run Command)."""

    ADD_TAG = "add_tag"
    ADD_TAG_VIA_EVENT = "add_tag_via_event"
    REMOVE_TAG = "remove_tag"
    ADD_FIELD = "add_field"
    REMOVE_FIELD = "remove_field"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    CHANGE_EMAIL = "change_email"

    @property
    def creates(self) -> bool:
        """Tell whether the command makes a person of an unknown address (bento-beyond-the-page 3)."""
        return self not in (Verb.REMOVE_TAG, Verb.REMOVE_FIELD, Verb.CHANGE_EMAIL)


@dataclass(frozen=True)
class Command:
    """One command for one subscriber. `name` is the tag, the field or the new address; only add_field has a `value`.

    Raises UnfitSubscriber for a name too many or too few.
    """

    verb: Verb
    email: str = field(repr=False)
    name: str = field(default="", repr=False)
    value: str = field(default="", repr=False)

    def __post_init__(self):
        _require_address(self.email)
        _NAME_RULES[Verb(self.verb)](self.name)
        if self.value and self.verb is not Verb.ADD_FIELD:
            raise UnfitSubscriber(f"{self.verb} takes no value.")

    def item(self) -> dict[str, object]:
        """Return what goes over the wire; subscribe and unsubscribe carry no query (bento-beyond-the-page 3)."""
        item: dict[str, object] = {"command": self.verb.value, "email": self.email}
        if self.verb is Verb.ADD_FIELD:
            return {**item, "query": {"key": self.name, "value": self.value}}
        return {**item, "query": self.name} if self.name else item


def require_free_names(names: Iterable[str]) -> None:
    """Raise UnfitSubscriber for a custom field that Bento would read as something else."""
    taken = sorted(name for name in names if not name.strip() or name.strip().lower() in _NO_FIELDS)
    if taken:
        raise UnfitSubscriber(f"“{taken[0][:40]}” cannot be the name of a custom field: Bento gives it a meaning.")


def _require_address(text: str) -> None:
    """Refuse what cannot be an address. Whether one exists is for the vendor to say."""
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or any(character.isspace() for character in text):
        raise UnfitSubscriber("The address has no @ between a name and a domain, or holds a blank.")


def _require_tag(name: str) -> None:
    if not name.strip() or "," in name:
        raise UnfitSubscriber("A tag needs a name without commas: Bento would read several tags.")


def _require_name(name: str) -> None:
    if not name.strip():
        raise UnfitSubscriber("The name of a field is missing.")


def _require_nothing(name: str) -> None:
    if name:
        raise UnfitSubscriber("This command takes an address and nothing else.")


_NAME_RULES = MappingProxyType(
    {
        Verb.ADD_TAG: _require_tag,
        Verb.ADD_TAG_VIA_EVENT: _require_tag,
        Verb.REMOVE_TAG: _require_tag,
        Verb.ADD_FIELD: _require_name,
        Verb.REMOVE_FIELD: _require_name,
        Verb.SUBSCRIBE: _require_nothing,
        Verb.UNSUBSCRIBE: _require_nothing,
        Verb.CHANGE_EMAIL: _require_address,
    }
)
