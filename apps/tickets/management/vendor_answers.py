"""What the subscribers command prints: one object per run, as JSON or as lines for a person."""

import json
from collections.abc import Mapping, Sequence

from apps.tickets.services.subscriber_runs import Run
from apps.vendors.clients.answers import Profile
from apps.vendors.clients.errors import (
    VendorBusy,
    VendorError,
    VendorMisrouted,
    VendorRefusal,
    VendorUnavailable,
    VendorUnclear,
)

_NEXT_MOVES: Mapping[type[VendorError], str] = {
    VendorBusy: "Nothing happened. Try again later.",
    VendorUnclear: "It may have happened. Find the person before you try again.",
    VendorMisrouted: "Check the address of this account.",
    VendorUnavailable: "This account's plan does not have it.",
    VendorRefusal: "The vendor refused. Read its words, put right what it refused, and try again.",
}
_READ_AGAIN = "Nothing was changed, and nothing is known. Read again."


def shown_people(http_status: int, profiles: Sequence[Profile]) -> dict[str, object]:
    shown = [shown_profile(profile) for profile in profiles]
    return {"outcome": "accepted", "http_status": http_status, "profiles": shown}


def shown_profile(profile: Profile) -> dict[str, object]:
    return {
        "uuid": profile.uuid,
        "email": profile.email,
        "customer_id": profile.customer_id,
        "unsubscribed": profile.unsubscribed,
        "unsubscribed_at": profile.unsubscribed_at,
        "created_at": profile.created_at,
        "tags": list(profile.tags),
        "fields": dict(profile.fields),
        "personal": profile.personal,
    }


def shown_error(error: VendorError, *, reads: bool = False) -> dict[str, object]:
    """Say an answer that was not the documented one, and what to do next. The words are the vendor's own."""
    move = next(move for kind, move in _NEXT_MOVES.items() if isinstance(error, kind))
    if reads and isinstance(error, VendorUnclear):
        move = _READ_AGAIN
    return {
        "outcome": error.outcome.value,
        "http_status": error.http_status,
        "request_id": error.request_id,
        "words": error.words,
        "next": move,
    }


def shown_run(run: Run, unit: str) -> tuple[dict[str, object], list[str]]:
    """Return what is printed of a run, and its refusals in words; `unit` is what the numbers count."""
    counts = {"asked": run.asked, "sent": run.sent, "taken": run.taken, "failed": run.failed}
    ended = shown_error(run.error) if run.error else {"outcome": "accepted" if run.sent else "refused"}
    refused = [{unit: number, "reason": reason} for number, reason in sorted(run.refused.items())]
    undone = {"rejected": run.rejected, "unclear": run.unclear, "unsent": run.unsent}
    answer = {**ended, **counts, **{name: _range(numbers) for name, numbers in undone.items()}, "refused": refused}
    return answer, [f"{unit} {each[unit]}: {each['reason']}" for each in refused]


def written(answer: Mapping[str, object], form: str) -> str:
    if form == "json":
        return json.dumps(answer, ensure_ascii=False, indent=1)
    return "\n".join(line for name, value in answer.items() for line in _lines(name, value))


def _range(numbers: Sequence[int]) -> list[int]:
    """Return the first and last of numbers in a row, of which there may be a thousand."""
    return [numbers[0], numbers[-1]] if numbers else []


def _lines(name: str, value: object) -> list[str]:
    """Write a list of objects as one block each; leave out what says nothing."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [f"{name} {n}: {_flat(each)}" for n, each in enumerate(value, start=1)]
    return [] if value in (None, "") else [f"{name}: {_plain(value) if value != [] else 'none'}"]


def _flat(item: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in item.items() if value not in (None, "", [], {}))


def _plain(value: object) -> str:
    """Write a value on one line, without what could steer a terminal: the vendor's records are anybody's text."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else str(value)
    return "".join(character if character.isprintable() else "�" for character in text)
