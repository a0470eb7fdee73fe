"""Profiles that share an address: whose they are, which of them are asked for, and which are left alone."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import ceil

from .models import Erasure
from .records import plain, records_of
from .states import Choice


@dataclass(frozen=True)
class Target:
    """One request of its own: a customer id, and the vendor's ids of the profiles that carry it."""

    customer_id: str = field(repr=False)
    uuids: tuple[str, ...]


def is_choice_open(erasure: Erasure) -> bool:
    """Tell whether somebody has to say first whose the found profiles are; needs ``before`` loaded."""
    return bool(erasure.before and erasure.before.owners > 1 and not erasure.choice)


def awaited(erasure: Erasure) -> set[str]:
    """Return the records whose absence is the goal, to compare."""
    return records_of(expected(erasure))


def expected(erasure: Erasure) -> list[str]:
    """Return the ids of the records to be erased: the chosen ones, or all that the last look or the approver saw.

    Whoever the approver saw and a later look did not may only have another address by now.
    """
    if erasure.choice == Choice.TICKED:
        return list(erasure.chosen_uuids)
    snapshots = [snapshot for snapshot in (erasure.before, erasure.shown_at_approval) if snapshot]
    return list({plain(uuid): uuid for snapshot in snapshots for uuid in snapshot.vendor_uuids}.values())


def spared(erasure: Erasure) -> set[str]:
    """Return the records that are left on purpose, because they belong to other people."""
    if erasure.choice != Choice.TICKED or erasure.before is None:
        return set()
    return records_of(erasure.before.vendor_uuids) - records_of(erasure.chosen_uuids)


def requests_for(records: int, at_once: int | None) -> int:
    """Return how many deletions so many records take; one leaves also for nobody, since look-ups may miss people."""
    return max(1, ceil(records / at_once)) if at_once else 1


def next_target(targets: Sequence[Target], left: Collection[str], start: int) -> int | None:
    """Return the first target from ``start`` on of which a record is left, or None."""
    return next((index for index in range(start, len(targets)) if is_left(targets[index], left)), None)


def is_left(target: Target, left: Collection[str]) -> bool:
    return bool(records_of(target.uuids) & records_of(left))


def write_targets(targets: Sequence[Target]) -> str:
    """Return the text to seal: customer ids are identifiers."""
    return json.dumps([[target.customer_id, *target.uuids] for target in targets])


def read_targets(text: str) -> tuple[Target, ...]:
    return tuple(Target(customer_id, tuple(uuids)) for customer_id, *uuids in json.loads(text))
