"""What tickets say about the world: I9."""

from collections import defaultdict
from collections.abc import Iterator

from apps.tickets.models import Attempt, DeletionTicket, Erasure, Reappearance
from apps.tickets.records import records_of
from apps.tickets.selectors.identifiers import value_of
from apps.tickets.states import Choice, ErasureStatus, Resolution, TicketStatus

from .evidence import Breach, Evidence, Request

_E = ErasureStatus
PROVED = frozenset({_E.VERIFIED_ABSENT, _E.NOT_FOUND, _E.MANUAL, _E.NOT_APPLICABLE})
SAYS_GONE = frozenset({_E.VERIFIED_ABSENT, _E.NOT_FOUND})


def nothing_is_called_erased_that_is_not(evidence: Evidence) -> Iterator[Breach]:
    yield from _wrong_tickets()
    received = _received(evidence)
    related = ("ticket__key", "account", "identifier", "before")
    for erasure in Erasure.objects.select_related(*related).order_by("pk"):
        fault = _fault_of(erasure, received[erasure.pk], evidence)
        if fault:
            yield Breach(
                "I9", f"{erasure.subject} is called “{erasure.get_status_display()}”, but {fault}.", erasure.pk
            )


def _wrong_tickets() -> Iterator[Breach]:
    for ticket in DeletionTicket.objects.filter(status=TicketStatus.COMPLETED).order_by("pk"):
        rows = list(ticket.erasures.values_list("status", "closed_at"))
        if any(closed_at is None for _, closed_at in rows):
            yield Breach("I9", f"{ticket.reference} is completed with an erasure still open.")
        if ticket.resolution == Resolution.ERASED_VERIFIED and {status for status, _ in rows} - PROVED:
            yield Breach("I9", f"{ticket.reference} is called erased and verified with an erasure that is not.")


def _received(evidence: Evidence) -> defaultdict[int, list[Request]]:
    received: defaultdict[int, list[Request]] = defaultdict(list)
    for pk, erasure_id in Attempt.objects.values_list("pk", "erasure_id"):
        received[erasure_id] += evidence.acts_by_attempt.get(str(pk), [])
    return received


def _fault_of(erasure: Erasure, requests: list[Request], evidence: Evidence) -> str:
    if erasure.accepted_at and not any(act.status is not None and 200 <= act.status < 300 for act in requests):
        return "the sandbox never accepted it"
    if erasure.status == _E.VERIFIED_ABSENT and not requests:
        return "the sandbox was never asked"
    if erasure.status in SAYS_GONE and _is_held(erasure, evidence):
        return "the sandbox still holds the person"
    return ""


def _is_held(erasure: Erasure, evidence: Evidence) -> bool:
    """Tell whether somebody of the snapshot is still there; whoever came back later is told by a Reappearance."""
    name = value_of(erasure.identifier, erasure.ticket).casefold()
    held = {row["uuid"] for row in evidence.people_by_name.get((erasure.account.vendor, erasure.kind, name), ())}
    known = erasure.before.vendor_uuids if erasure.before else []
    wanted = erasure.chosen_uuids if erasure.choice == Choice.TICKED else known
    if wanted:
        return bool(records_of(held) & records_of(wanted))
    return bool(held) and not Reappearance.objects.filter(erasure=erasure).exists()


RULES = (nothing_is_called_erased_that_is_not,)
