"""Ledgers and findings to try things on."""

from apps.audit.actors import Actor
from apps.audit.findings import Findings, Profile
from apps.audit.services import record
from tests.constants import NOW

RAW = b'{"data":[{"id":"1","attributes":{"uuid":"u-1","email":"jane@example.com"}}]}'


def write_ledger(events: int) -> None:
    for number in range(1, events + 1):
        record("ticket.opened", f"DEL-2026-{number:06}", by=Actor.worker(), at=NOW, facts={"erasures": number})


SINCE = "2026-05-01T08:00:00Z"


def found(unsubscribed: bool | None = False, unsubscribed_at: str | None = None) -> Findings:
    profile = Profile(
        uuid="u-1",
        customer_id="cus_1",
        email="jane@example.com",
        unsubscribed=unsubscribed,
        unsubscribed_at=unsubscribed_at,
        tags=("vip", "<b>bold</b>"),
        fields={"first_name": "Jane", "items": 3},
        created_at=SINCE,
        personal=True,
    )
    return Findings((profile,), RAW)
