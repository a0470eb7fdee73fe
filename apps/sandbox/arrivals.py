"""How people get into the sandbox without a vendor's endpoint: seeds, tests, and integrations that re-create."""

from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_DNS, uuid4, uuid5

from .people import Customer, People, Visitor

KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("email", "created_at", "updated_at", "refusal"), (str,)),
    **dict.fromkeys(("unsubscribed_at", "last_event_at", "customer_id", "cookie", "device_id"), (str, type(None))),
    **dict.fromkeys(("sticky", "tracked", "leaving"), (bool,)),
    "fields": (dict, type(None)),
    "attributes": (dict,),
    "tags": (list,),
}
VISITOR_WISHES = {"email", "created_at", "fields", "tags", "unsubscribed_at", "last_event_at", "refusal", "sticky"}
CUSTOMER_WISHES = {
    "email",
    "created_at",
    "customer_id",
    "cookie",
    "device_id",
    "attributes",
    "unsubscribed_at",
    "sticky",
}
REFUSALS = ("", "error", "errors")
MOST_PROFILES = 10_000


class UnknownWish(ValueError):
    """A person who cannot be added that way. The message says why."""


def add_person(people: People, wishes: dict[str, Any], *, at: str, uuid_seed: str = "") -> list[str]:
    """Add a person at one vendor and return the uuids; `profiles` or `customer_ids` ask for several at Blueshift."""
    wishes = deepcopy(wishes)  # Tags and fields of a record change; those of a seed must not.
    vendor = wishes.pop("vendor", None)
    if not isinstance(wishes.get("email"), str) or vendor not in ("bento", "blueshift"):
        raise UnknownWish("A person needs a vendor (bento or blueshift) and an email.")
    if vendor == "bento":
        return [_add_visitor(people, wishes, at, uuid_seed)]
    return _add_profiles(people, wishes, at, uuid_seed)


def recreate(people: People, wishes: dict[str, Any], *, at: str) -> list[str]:
    """Bring a person back as an integration would: new uuid, subscribed. A forgotten Blueshift address stays out."""
    if wishes.get("vendor") == "blueshift" and _is_blocked(people, str(wishes.get("email"))):
        return []
    return add_person(people, {**wishes, "unsubscribed_at": None}, at=at)


def check(wishes: dict[str, Any], known: set[str]) -> None:
    """Refuse what a record of this kind does not have, or has as another type. Raises UnknownWish."""
    if strangers := sorted(wishes.keys() - known):
        raise UnknownWish(f"Not known of a person here: {', '.join(strangers)}.")
    if wrong := sorted(name for name, value in wishes.items() if not isinstance(value, KINDS[name])):
        raise UnknownWish(f"Of a wrong type: {', '.join(wrong)}.")
    if wishes.get("refusal", "") not in REFUSALS:
        raise UnknownWish("refusal is error or errors.")


def _is_blocked(people: People, email: str) -> bool:
    return any(not customer.tracked for customer in people.customers.at(email, exact=False))


def _add_visitor(people: People, wishes: dict[str, Any], at: str, uuid_seed: str) -> str:
    check(wishes, VISITOR_WISHES)
    for name in wishes.get("tags", ()):
        people.tag_id(name)
    visitor = Visitor(**{"created_at": at, "updated_at": at} | wishes, id=people.next_id(), uuid=_uuid(uuid_seed))
    return people.visitors.add(visitor).uuid


def _add_profiles(people: People, wishes: dict[str, Any], at: str, uuid_seed: str) -> list[str]:
    customer_ids = _customer_ids(wishes)
    check(wishes, CUSTOMER_WISHES)
    return [
        people.customers.add(
            Customer(
                **{"created_at": at, "updated_at": at} | wishes,
                customer_id=customer_id,
                uuid=_uuid(f"{uuid_seed}/{number}" if uuid_seed else ""),
            )
        ).uuid
        for number, customer_id in enumerate(customer_ids)
    ]


def _customer_ids(wishes: dict[str, Any]) -> list[str | None]:
    count = wishes.pop("profiles", 1)
    if type(count) is not int or not 1 <= count <= MOST_PROFILES:
        raise UnknownWish(f"profiles is a number from 1 to {MOST_PROFILES}.")
    customer_ids = wishes.pop("customer_ids", [wishes.pop("customer_id", None)] * count)
    if not isinstance(customer_ids, list):
        raise UnknownWish("customer_ids is a list.")
    return customer_ids


def _uuid(seed: str) -> str:
    return str(uuid5(NAMESPACE_DNS, seed) if seed else uuid4())
