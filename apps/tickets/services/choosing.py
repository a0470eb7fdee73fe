"""Say whose the profiles are that share an address, before any of them is erased."""

from collections.abc import Collection, Iterable
from datetime import datetime
from types import MappingProxyType

from apps.audit.actors import Actor
from apps.audit.selectors import Kept, kept_in
from apps.audit.services import deed, record
from apps.jobs.services import ring
from apps.privacy.vault import seal
from apps.tickets import objections
from apps.tickets.attention import Attention
from apps.tickets.errors import TicketError
from apps.tickets.models import Erasure
from apps.tickets.sharing import Target, requests_for, write_targets
from apps.tickets.states import SENDABLE, Choice
from apps.vendors.accounts import AccountError
from apps.vendors.clients.answers import Profile
from apps.vendors.registry import client_class
from apps.vendors.selectors import configuration_of

from . import doors
from .opening import LANE_TASK
from .reasons import keep_reason

NO_CHOICE = MappingProxyType(
    {
        "choice": Choice.NONE,
        "chosen_from": None,
        "chosen_by": None,
        "chosen_uuids": [],
        "targets": None,
    }
)


@deed()
def choose_profiles(
    erasure: Erasure, *, choice: str, uuids: Collection[str], text: str, snapshot: int, by: Actor, at: datetime
) -> None:
    """Record that all found profiles belong to the person, with a reason, or only the ticked ones.

    ``snapshot`` is the one that was read: a newer one is read first. After an approval this also confirms what was
    found. Ticked profiles are asked for one by one, by customer id, and the others are never asked for.
    """
    by.require("tickets.approve_deletionticket")
    erasure = doors.as_loaded(erasure)
    _refuse_unfit(erasure, snapshot, by)
    found = kept_in(erasure.before)
    if choice == Choice.ALL:
        keep_reason(erasure.ticket, text, action="erasure.profiles_chosen", erasure=erasure, by=by, at=at)
    changes = _all(erasure, found) if choice == Choice.ALL else _ticked(erasure, found, set(uuids))
    changes |= {"choice": choice, "chosen_from": erasure.before, "chosen_by": by.user}
    if erasure.ticket.status in SENDABLE:
        changes |= {"shown_at_approval": erasure.before, **_go_on(erasure, at)}
    if not doors.move_erasure(erasure, erasure.status, expected=erasure.status, fence=erasure.fence + 1, **changes):
        raise TicketError("This erasure moved on meanwhile. Load the page again.")
    erased = len(changes["uuids_left"])
    facts = {"choice": str(choice), "profiles": erased, "spared": len(found) - erased, "snapshot": snapshot}
    record("erasure.profiles_chosen", erasure.subject, by=by, at=at, facts=facts)
    ring(LANE_TASK, erasure.account_id)


def choice_is_outdated(erasure: Erasure, found: Iterable[Profile]) -> bool:
    """Tell whether a choice was made before one of these profiles, or its customer id, was seen."""
    if not erasure.choice:
        return False
    known = {(kept.uuid, kept.customer_id) for kept in kept_in(erasure.chosen_from)}
    return not {(profile.uuid, profile.customer_id) for profile in found} <= known


def _refuse_unfit(erasure: Erasure, snapshot: int, by: Actor) -> None:
    """Hold the choice to the snapshot that lies on the row now: the deed's lock keeps it there."""
    objection = objections.to_choose(erasure.ticket, erasure, by.user.pk)
    if objection:
        raise TicketError(objection)
    if erasure.before_id != snapshot or not Erasure.objects.filter(pk=erasure.pk, before=snapshot).exists():
        raise TicketError("The vendor was looked at again meanwhile. Read what was found now, then choose.")


def _all(erasure: Erasure, found: list[Kept]) -> dict[str, object]:
    left = [kept.uuid for kept in found if kept.personal]
    return {**NO_CHOICE, "uuids_left": left, "requests_needed": requests_for(len(left), _at_once(erasure))}


def _ticked(erasure: Erasure, found: list[Kept], uuids: set[str]) -> dict[str, object]:
    targets = _targets(found, uuids)
    ticked = [uuid for target in targets for uuid in target.uuids]
    return {
        **NO_CHOICE,
        "targets": seal(erasure.ticket.key, write_targets(targets), name=erasure.targets_name),
        "chosen_uuids": ticked,
        "uuids_left": ticked,
        "requests_needed": len(targets),
    }


def _targets(found: list[Kept], uuids: set[str]) -> list[Target]:
    """Group the ticked profiles by customer id; refuse what a request by customer id could not keep apart."""
    known = {kept.uuid: kept for kept in found}
    if not uuids or uuids - known.keys():
        raise TicketError("Tick at least one of the profiles that were found.")
    if any(not known[uuid].customer_id for uuid in uuids):
        raise TicketError(
            "A profile without a customer id cannot be singled out: untick it and erase it by hand, or choose all."
        )
    owners = {known[uuid].customer_id for uuid in uuids}
    targets = [Target(owner, tuple(k.uuid for k in found if k.customer_id == owner)) for owner in sorted(owners)]
    if any(set(target.uuids) - uuids for target in targets):
        raise TicketError("Profiles with the same customer id cannot be told apart: tick all of them, or none.")
    return targets


def _go_on(erasure: Erasure, at: datetime) -> dict[str, object]:
    """Choosing says yes to what was found; other reasons to wait stay."""
    waits = erasure.attention and erasure.attention != Attention.CHANGED_SINCE_APPROVAL
    return {} if waits else {"attention": "", "not_before": max(at, erasure.ticket.leaves_at or at)}


def _at_once(erasure: Erasure) -> int | None:
    try:
        options = configuration_of(erasure.account).options
    except AccountError:
        return None
    return client_class(erasure.account.vendor).erases_at_once(options)
