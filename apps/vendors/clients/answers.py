from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Receipt:
    """The vendor accepted a deletion. Queued work, not proof. `words` is untrusted text."""

    http_status: int
    request_id: str
    words: str


@dataclass(frozen=True)
class Profile:
    """One record a vendor holds. Times are ISO 8601 in UTC; None where missing or unreadable.

    `unsubscribed` is None where the vendor does not say. `personal` is False for an anonymized or forgotten record.
    """

    uuid: str
    email: str = field(default="", repr=False)
    customer_id: str = field(default="", repr=False)
    unsubscribed: bool | None = None
    unsubscribed_at: str | None = None
    created_at: str | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict, repr=False)
    personal: bool = True


@dataclass(frozen=True)
class Look:
    """What one read found. No profiles means surely absent: anything less sure is raised as a VendorError."""

    profiles: tuple[Profile, ...]
    raw: bytes = field(repr=False)
    http_status: int
    request_id: str


@dataclass(frozen=True)
class SearchPage:
    """One page of a search. No vendor here tells a total: a page that is not full is the last one."""

    profiles: tuple[Profile, ...]
    number: int
    is_last: bool
    http_status: int
    request_id: str


@dataclass(frozen=True)
class Created:
    """The record a create call answered with. It may be one that was there before."""

    profile: Profile
    http_status: int
    request_id: str


@dataclass(frozen=True)
class Tally:
    """How many records of one call the vendor queued, by its own count. `failed` may stand beside a status of 200."""

    sent: int
    taken: int
    failed: int
    http_status: int
    request_id: str
