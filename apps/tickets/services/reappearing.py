"""Record that an erased person was seen again, and what staff decide about it. A closed ticket is never edited."""

import json
from datetime import datetime

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.privacy.models import DataKey
from apps.privacy.vault import new_key, seal
from apps.suppression.models import SuppressionEntry
from apps.suppression.selectors import entries_of
from apps.suppression.services import LIFT, lift
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure, Reappearance
from apps.tickets.models.ticket import OwnInitiative
from apps.tickets.records import is_same_record, plain
from apps.tickets.requests import Request
from apps.tickets.selectors.reappearances import Evidence, evidence_of, identifiers_again, ticket_under_way
from apps.tickets.sharing import spared
from apps.vendors.clients.answers import Profile

from .opening import open_ticket
from .reasons import require_reason

DECIDE = "tickets.decide_reappearance"
_Status = Reappearance.Status


@deed()
def note_reappearance(erasure: Erasure, profile: Profile, *, seen_by: str, by: Actor, at: datetime) -> bool:
    """Record one sighting, with what was seen sealed; False where this record was noted before. Safe to repeat.

    A profile of somebody else, left on purpose when the person was erased, is no return.
    """
    if plain(profile.uuid) in spared(erasure):
        return False
    known = Reappearance.objects.filter(erasure=erasure).values_list("new_uuid", flat=True)
    if any(uuid == profile.uuid or is_same_record(uuid, profile.uuid) for uuid in known):
        return False
    row = Reappearance(
        ticket=erasure.ticket,
        erasure=erasure,
        account=erasure.account,
        old_uuid=_record_before(erasure, profile.uuid),
        new_uuid=profile.uuid,
        seen_by=seen_by,
        first_seen_at=at,
        days_after=max(0, (at - (erasure.accepted_at or erasure.closed_at or at)).days),
        unsubscribed=bool(profile.unsubscribed_at) or profile.unsubscribed,
        key=_key_for(erasure.ticket, at=at),
    )
    row.evidence = seal(row.key, _contents(profile), name=row.evidence_name)
    row.save(force_insert=True)
    facts = {"reappearance": row.pk, "days": row.days_after, "seen_by": str(seen_by)}
    record("erasure.reappeared", erasure.subject, by=by, at=at, facts=facts)
    return True


@deed()
def accept_return(reappearance: Reappearance, *, text: str, by: Actor, at: datetime) -> int:
    """Decide that the person came back by choice, and lift what the ticket put on lists; return how many entries.

    Needs the right to lift too. The evidence is sealed; the watch on this person ends.
    """
    by.require(DECIDE)
    by.require(LIFT)
    entries = list(entries_of(reappearance.ticket.reference))
    for entry in entries:
        lift(entry, reason=SuppressionEntry.LiftReason.CAME_BACK, by=by, at=at)
    _decide(reappearance, _Status.BY_CHOICE, text=text, by=by, at=at)
    facts = {"reappearance": reappearance.pk, "lifted": len(entries)}
    record("reappearance.by_choice", reappearance.erasure.subject, by=by, at=at, facts=facts)
    return len(entries)


@deed()
def erase_again(reappearance: Reappearance, *, source: str, text: str, by: Actor, at: datetime) -> DeletionTicket:
    """Decide that a system brought the person back, and return the ticket of the console's own that erases them again.

    A ticket about the same person that still has to send at this account is taken instead of a new one. Nobody asked
    for it, so nobody's identity is verified; somebody else approves it, for whoever decides here has opened it. Raises
    TicketError where the identifiers can no longer be read.
    """
    by.require(DECIDE)
    identifiers = identifiers_again(reappearance)
    follow_up = ticket_under_way(reappearance, identifiers) or open_ticket(
        Request(
            identifiers=identifiers,
            identity_basis=OwnInitiative.BASIS,
            own_initiative=True,
            requester=OwnInitiative.REQUESTER,
            note=f"Came back at {reappearance.account.name} after {reappearance.ticket.reference}, source: {source}.",
        ),
        by=by,
        at=at,
        predecessor=reappearance.ticket,
    )
    _decide(reappearance, _Status.REIMPORTED, text=text, by=by, at=at, source=source, follow_up=follow_up)
    facts = {"reappearance": reappearance.pk, "source": source, "as": follow_up.reference}
    record("reappearance.reimported", reappearance.erasure.subject, by=by, at=at, facts=facts)
    return follow_up


@deed()
def open_evidence(reappearance: Reappearance, *, by: Actor, at: datetime) -> Evidence:
    """Return what was seen and record who opened it; raise NotAllowed or Shredded."""
    by.require("audit.view_auditsnapshot")
    seen = evidence_of(reappearance)
    facts = {"reappearance": reappearance.pk}
    record("reappearance.viewed", reappearance.erasure.subject, by=by, at=at, facts=facts)
    return seen


def _decide(reappearance: Reappearance, status: str, *, text: str, by: Actor, at: datetime, **changes: object) -> None:
    require_reason(text)
    sealed = seal(reappearance.key, text, name=reappearance.reason_name)
    undecided = Reappearance.objects.filter(pk=reappearance.pk, status=_Status.OPEN)
    if not undecided.update(status=status, decided_by=by.user, decided_at=at, reason=sealed, **changes):
        raise TicketError("Somebody has decided this before. Load the page again.")


def _key_for(ticket: DeletionTicket, *, at: datetime) -> DataKey:
    """Seal under the ticket's own key; a new one where that was destroyed before the person came back."""
    return ticket.key if ticket.key.shredded_at is None else new_key(at)


def _record_before(erasure: Erasure, seen: str) -> str:
    """Return the erased record: the very one that was seen, else the first of the before snapshot."""
    uuids = erasure.before.vendor_uuids if erasure.before else []
    return next((uuid for uuid in uuids if is_same_record(uuid, seen)), next(iter(uuids), ""))


def _contents(profile: Profile) -> str:
    kept = {
        "email": profile.email,
        "customer_id": profile.customer_id,
        "created_at": profile.created_at,
        "unsubscribed": profile.unsubscribed,
        "unsubscribed_at": profile.unsubscribed_at,
        "tags": list(profile.tags),
        "fields": dict(profile.fields),
    }
    return json.dumps(kept, ensure_ascii=False)
