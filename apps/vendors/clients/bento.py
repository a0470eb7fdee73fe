from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar, Self
from uuid import UUID

from apps.vendors.accounts import Account, Options

from .answers import Look, Profile, Receipt
from .client import USER_AGENT, VendorClient
from .errors import WORDS, Outcome
from .records import OddShape, holds_something, items, moment, record, text
from .replies import Reply, claims_failure

_PERSONAL = ("email", "first_name", "last_name", "fields")


class BentoClient(VendorClient):
    """One Bento site (docs/vendors/bento.md). Bento anonymizes: its 202 promises a queue, never an erasure."""

    name = "bento"
    label = "Bento"
    hosts = frozenset({"app.bentonow.com"})
    erases = frozenset({"email"})
    looks_up = frozenset({"email"})
    looks_up_uuid = True  # only the address is cleared, so the record outlives a find by address
    keys_needed = 2
    site_needed = True
    options = Options(
        per_day=1000,  # Bento: Data Deletion Requests, Rate Limit
        per_minute=55,  # under the lowest published figure, about 60 (bento-beyond-the-page 2)
        verify_after=(timedelta(minutes=15), timedelta(hours=6), timedelta(hours=48)),
    )
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

    def __init__(
        self,
        base_url: str,
        *,
        publishable_key: str,
        secret_key: str,
        site_uuid: str,
        timeout: float,
        pool: int,
        user_agent: str,
    ):
        """Basic auth is `publishable_key:secret_key`; a missing User-Agent is answered 403 (Bento: authentication)."""
        super().__init__(
            base_url, username=publishable_key, password=secret_key, timeout=timeout, pool=pool, user_agent=user_agent
        )
        self._site = {"site_uuid": site_uuid}

    @classmethod
    def connect(cls, account: Account) -> Self:
        publishable_key, secret_key = account.keys
        return cls(
            account.origin,
            publishable_key=publishable_key,
            secret_key=secret_key,
            site_uuid=account.site,
            timeout=account.options.timeout.total_seconds(),
            pool=account.options.concurrency,
            user_agent=USER_AGENT,
        )

    def erase(self, kind: str, value: str, *, attempt: UUID) -> Receipt:
        """Queue the anonymization of one address, spelled as given (Bento: Data Deletion Requests, Create Request).

        The page puts `site_uuid` into the form, the general conventions put it into every query: both are sent.
        """
        self._require(kind, self.erases)
        reply = self._wire.post(
            "/api/v1/data_deletion_requests",
            query=self._site,
            form={**self._site, "data_deletion_request[email]": value},
            headers=self._marks(attempt),
        )
        return self._receipt(reply, value)

    def look(self, kind: str, value: str) -> Look:
        """Find a subscriber by address (Bento: Subscribers, Find Subscriber). Bento may tell capitals apart."""
        self._require(kind, self.looks_up)
        return self._find({"email": value})

    def look_by_uuid(self, uuid: str) -> Look:
        """Find a subscriber by Bento's uuid, "in place of email address" (Bento: Subscribers, Find Subscriber)."""
        return self._find({"uuid": uuid})

    def _find(self, who: Mapping[str, str]) -> Look:
        """Only ever GET: a POST on this very path creates the person (Bento: Subscribers, Create Subscriber)."""
        reply = self._wire.get("/api/v1/fetch/subscribers", query={**who, **self._site})
        return self._look(reply, _profiles, *who.values())

    def _is_accepted(self, body: object, status: int) -> bool:
        """202 with exactly this status is the one documented success (Bento: Data Deletion Requests, Responses)."""
        documented = isinstance(body, dict) and body.get("status") == "queued_for_anonymization"
        return status == 202 and documented and not claims_failure(body)

    def _absence(self, reply: Reply) -> Outcome:
        """Any other 404 means a wrong path or method (Bento: errors), so it never means "nobody"."""
        body = reply.json
        is_visitor = isinstance(body, dict) and body.get("error") == "visitor_not_found"
        return Outcome.ABSENT if is_visitor else Outcome.WRONG_ADDRESS


def _profiles(body: object) -> tuple[Profile, ...]:
    """Read a find. Not found is 200 without data: `{}`, `[]`, or data null or empty (bento-beyond-the-page 1.3)."""
    if body in ({}, []):
        return ()
    if not isinstance(body, dict) or "data" not in body or claims_failure(body):
        raise OddShape("A find answers an object with data.")
    data = body["data"]
    if data in (None, {}):
        return ()
    return tuple(_profile(visitor) for visitor in (data if isinstance(data, list) else [data]))


def _profile(visitor: object) -> Profile:
    """Read one visitor; `fields`, `unsubscribed_at` and tags may be null or missing (bento-beyond-the-page 1.2)."""
    attributes = record(record(visitor).get("attributes"))
    if not attributes:
        raise OddShape("A visitor without attributes.")
    unsubscribed_at = attributes.get("unsubscribed_at")
    return Profile(
        uuid=text(attributes.get("uuid")),
        email=text(attributes.get("email")),
        unsubscribed=bool(unsubscribed_at) if "unsubscribed_at" in attributes else None,
        unsubscribed_at=moment(unsubscribed_at),
        created_at=moment(attributes.get("created_at")),
        tags=tuple(text(tag) for tag in items(attributes.get("cached_tag_ids"))),
        fields=record(attributes.get("fields")),
        personal=any(holds_something(attributes.get(name)) for name in _PERSONAL),
    )
