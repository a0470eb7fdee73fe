"""The invented people a fresh sandbox knows: docs/sandbox.md tells their story."""

from typing import Any

from .arrivals import add_person
from .people import People

SINCE = "2021-08-21T09:11:55.587Z"

PEOPLE: list[dict[str, Any]] = [
    {
        "vendor": "bento",
        "email": "ada@example.com",
        "tags": ["customer", "newsletter"],
        "fields": {"first_name": "Ada", "last_name": "Lovelace", "plan": "pro"},
    },
    {
        "vendor": "blueshift",
        "email": "ada@example.com",
        "customer_id": "1001",
        "device_id": "device-ada",
        "cookie": "cookie-ada",
        "attributes": {"firstname": "Ada", "lastname": "Lovelace", "lifetime_orders": 12, "plan": "pro"},
    },
    {
        "vendor": "bento",
        "email": "alan@example.com",
        "tags": ["customer"],
        "fields": {"first_name": "Alan", "last_name": "Turing", "abuse_note": "Chargeback dispute in 2023, case 4711"},
        "unsubscribed_at": "2023-03-14T15:09:26.000Z",
    },
    {
        "vendor": "blueshift",
        "email": "alan@example.com",
        "customer_id": "1002",
        "attributes": {"firstname": "Alan"},
        "unsubscribed_at": "2023-03-14T15:10:02.000Z",
    },
    {"vendor": "bento", "email": "Grace.Hopper@example.com", "tags": ["vip"], "fields": {"first_name": "Grace"}},
    {"vendor": "blueshift", "email": "Grace.Hopper@example.com", "customer_id": "1003"},
    {"vendor": "bento", "email": "linus+news@example.com", "tags": ["newsletter"], "fields": {"first_name": "Linus"}},
    {"vendor": "blueshift", "email": "linus+news@example.com", "customer_id": "1004"},
    {"vendor": "bento", "email": "margaret@example.com", "fields": {"first_name": "Margaret"}},
    {"vendor": "blueshift", "email": "margaret@example.com", "customer_ids": ["2001", "2002", None]},
    {"vendor": "blueshift", "email": "dennis@example.com", "profiles": 120},
    {"vendor": "bento", "email": "barbara@example.com", "tags": ["newsletter"], "fields": {"first_name": "Barbara"}},
    {"vendor": "bento", "email": "katherine@example.com"},
    {"vendor": "blueshift", "email": "donald@example.com", "customer_id": "1005"},
    {"vendor": "bento", "email": "rejected@example.com", "refusal": "error", "fields": {"first_name": "Rej"}},
    {"vendor": "blueshift", "email": "rejected@example.com", "customer_id": "1006"},
    {"vendor": "bento", "email": "invalid@example.com", "refusal": "errors", "fields": {"first_name": "Ines"}},
    {"vendor": "bento", "email": "sticky@example.com", "sticky": True, "fields": {"first_name": "Stick"}},
    {"vendor": "blueshift", "email": "sticky@example.com", "customer_id": "1007", "sticky": True},
]


def sow(people: People) -> None:
    """Add the seeds; their uuids are the same in every sandbox."""
    for wishes in PEOPLE:
        add_person(people, wishes, at=SINCE, uuid_seed=f"{wishes['vendor']}/{wishes['email']}")
