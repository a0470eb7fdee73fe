import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar, Literal, Self
from uuid import UUID

from apps.vendors.accounts import Account, Options

from .answers import Look, Profile, Receipt
from .client import USER_AGENT, Offer, VendorClient
from .errors import WORDS, Outcome
from .records import OddShape, flag, holds_something, is_uuid, items, moment, record, text, uuid
from .replies import Reply, claims_failure

_DELETE = "/api/v1/customers/delete"
_AT_ONCE = {"delete": 50, "forget": 1}
_PERSONAL = re.compile(
    r"email|customer_id|firstname|lastname|phone_number|facebook|custom_attributes|device_ids|device_tokens"
    r"|last_ip|last_location_.*|last_browser_.*"
)


class BlueshiftClient(VendorClient):
    """One Blueshift account (docs/vendors/blueshift.md). `{"status":"ok"}` means hours of work ahead, never proof."""

    name = "blueshift"
    label = "Blueshift"
    hosts = frozenset({"api.getblueshift.com", "api.eu.getblueshift.com"})
    erases = frozenset({"email", "customer_id", "cookie", "device_id"})
    looks_up = frozenset({"email"})
    # A search by address finds every record that still has it, tombstones included; one whose address was changed is
    # found by its id alone.
    looks_up_uuid = True
    keys_needed = 1
    modes = frozenset({"delete", "forget"})
    offers = frozenset({Offer.FIND, Offer.DELETE_ONE})
    options = Options(
        per_second=5,  # nothing is published; a careful figure (blueshift-beyond-the-page 2)
        verify_after=(timedelta(hours=3), timedelta(hours=12), timedelta(hours=48)),
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
            Outcome.ACCEPTED: "Accepted by Blueshift. Not yet proof.",
            Outcome.ABSENT: "No such customer in this account.",
            Outcome.ABSENT_UNSURE: "No such customer in this account.",
        }
    )

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str,
        timeout: float,
        pool: int,
        user_agent: str,
        mode: Literal["delete", "forget"] = "delete",
    ):
        """Basic auth is the User API key with an empty password (Blueshift: Delete a customer, Authentication).

        `forget` also keeps the person blocked, and leaves a scrubbed record (blueshift-beyond-the-page 4.1).
        """
        super().__init__(base_url, username=api_key, password="", timeout=timeout, pool=pool, user_agent=user_agent)
        self._send = {"delete": self._send_delete, "forget": self._send_forget}[mode]
        self._erase_one = {"delete": self.delete_one, "forget": self.forget}[mode]

    @classmethod
    def connect(cls, account: Account) -> Self:
        return cls(
            account.origin,
            api_key=account.keys[0],
            timeout=account.options.timeout.total_seconds(),
            pool=account.options.concurrency,
            user_agent=USER_AGENT,
            mode=account.options.mode,
        )

    @classmethod
    def erases_at_once(cls, options: Options) -> int | None:
        """Count 50 to a deletion (Blueshift: Delete a customer); forget has no flag for several, so one is assumed."""
        return _AT_ONCE[options.mode]

    def erase_customer(self, customer_id: str, *, attempt: UUID) -> Receipt:
        """Delete or forget a single customer by its own id, and nobody else who has the same address.

        The flag for all matches stays out (Blueshift: Delete a customer, Delete a single matching customer).
        """
        return self._erase_one("customer_id", customer_id, attempt=attempt)

    def erase(self, kind: str, value: str, *, attempt: UUID) -> Receipt:
        """Delete up to 50 customers with this identifier, or forget one (Blueshift: Delete a customer).

        Exactly one identifier goes out: whether several are joined by "and" or "or" is not documented.
        """
        self._require(kind, self.erases)
        return self._receipt(self._send(kind, value, attempt), value)

    def delete_one(self, kind: str, value: str, *, attempt: UUID) -> Receipt:
        """Delete a single matching customer (Blueshift: Delete a customer, Delete a single matching customer).

        Of several matches the first goes, in an order nobody states; a second try may delete another one.
        """
        self._require(kind, self.erases)
        reply = self._wire.writer.post(_DELETE, json={kind: value}, headers=self._marks(attempt))
        return self._receipt(reply, value)

    def forget(self, kind: str, value: str, *, attempt: UUID) -> Receipt:
        """Forget a customer, whatever the account's mode (Blueshift: Forget a customer); see erase."""
        self._require(kind, self.erases)
        return self._receipt(self._send_forget(kind, value, attempt), value)

    def look(self, kind: str, value: str) -> Look:
        """Search customers by address, the only key a search takes (Blueshift: Search for customers)."""
        self._require(kind, self.looks_up)
        return self._look(self._wire.reader.get("/api/v1/customers", query={"email": value}), _found, value)

    def look_by_uuid(self, uuid: str) -> Look:
        """Get one customer (Blueshift: Get a customer). Raises ValueError for what cannot be a uuid."""
        if not is_uuid(uuid):
            raise ValueError("This is not a uuid.")
        return self._look(self._wire.reader.get(f"/api/v1/customers/{uuid}", query={}), _got, uuid)

    def _send_delete(self, kind: str, value: str, attempt: UUID) -> Reply:
        """Ask for all matching customers in the body, as the page says, and in the query, as everybody else does.

        A flag that is overlooked deletes one of several and still answers ok (blueshift-beyond-the-page 0, row 1).
        """
        return self._wire.writer.post(
            _DELETE,
            query={"delete_all_matching_customers": "true"},
            json={kind: value, "delete_all_matching_customers": True},
            headers=self._marks(attempt),
        )

    def _send_forget(self, kind: str, value: str, attempt: UUID) -> Reply:
        """Forget has no flag for all matches (blueshift-beyond-the-page 4.1): the read-back finds what is left."""
        return self._wire.writer.post("/api/v1/customers/forget", json={kind: value}, headers=self._marks(attempt))

    def _is_accepted(self, body: object, status: int) -> bool:
        """200 with status ok is the one documented success (Blueshift: Delete a customer, Example responses)."""
        return status == 200 and isinstance(body, dict) and body.get("status") == "ok" and not claims_failure(body)

    def _absence(self, reply: Reply) -> Outcome:
        """404 is undocumented for a customer and may be a conflict; an unrouted path has a body of its own.

        The body `{"status":"404","error":"Not Found"}` was seen on the API's host (blueshift-beyond-the-page 1.4).
        """
        return Outcome.WRONG_ADDRESS if _is_unrouted(reply.json) else Outcome.ABSENT_UNSURE

    def _is_absent(self, reply: Reply) -> bool:
        """A look's 404 counts where it is JSON (blueshift-beyond-the-page 3.1: empty users, null user, or 404)."""
        return reply.json is not None and self._verdict(reply) is Outcome.ABSENT_UNSURE


def _is_unrouted(body: object) -> bool:
    return isinstance(body, dict) and str(body.get("status")) == "404" and body.get("error") == "Not Found"


def _found(body: object) -> tuple[Profile, ...]:
    """Read a search: `users` holds every match, `user` the most relevant one (Blueshift: Search for customers).

    Nobody is `{}` or no users and no user; a `user` missing in `users` is counted all the same.
    """
    answer = _answer(body, {"users", "user"})
    found = tuple(_profile(user) for user in items(answer.get("users")))
    best = tuple(_profile(user) for user in [answer.get("user")] if user not in (None, {}))
    known = {profile.uuid for profile in found}
    return found + tuple(profile for profile in best if profile.uuid not in known)


def _got(body: object) -> tuple[Profile, ...]:
    """Read one customer; an unknown uuid is undocumented: `{}` and a null customer are taken as nobody."""
    customer = _answer(body, {"customer"}).get("customer")
    return () if customer in (None, {}) else (_profile(customer),)


def _answer(body: object, names: set[str]) -> Mapping[str, object]:
    if not isinstance(body, dict) or claims_failure(body) or (body and not names & body.keys()):
        raise OddShape("None of the documented names.")
    return body


def _profile(customer: object) -> Profile:
    """Read one customer; types are loose and nulls common (blueshift-beyond-the-page 3.2)."""
    fields = record(customer)
    return Profile(
        uuid=uuid(fields.get("uuid")),
        email=text(fields.get("email")),
        customer_id=text(fields.get("customer_id")),
        unsubscribed=flag(fields.get("unsubscribed")),
        unsubscribed_at=moment(fields.get("unsubscribed_at")),
        created_at=moment(fields.get("created_at")),
        fields=record(fields.get("custom_attributes")),
        personal=any(_PERSONAL.fullmatch(name) and holds_something(value) for name, value in fields.items()),
    )
