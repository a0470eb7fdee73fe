"""What the console's own rows must say: I3 to I6."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Min

from apps.audit import selectors
from apps.audit.models import AuditEvent, AuditSnapshot
from apps.suppression.models import EntrySource
from apps.tickets.models import Attempt, Erasure, TicketIdentifier
from apps.tickets.states import ErasureStatus

from .evidence import Breach, Evidence


def nothing_is_sent_past_its_lease(evidence: Evidence) -> Iterator[Breach]:
    late = Erasure.objects.filter(status=ErasureStatus.SENDING, leased_until__lte=evidence.at)
    for erasure in late.select_related("ticket", "account").order_by("pk"):
        said = f"{erasure.subject} is still being sent, though its lease ended {erasure.leased_until:%c}."
        yield Breach("I3", said, erasure.pk)


def every_sent_erasure_has_a_snapshot(evidence: Evidence) -> Iterator[Breach]:
    seen = dict(_before().values_list("subject").annotate(first=Min("taken_at")))
    for erasure in _sent():
        taken_at = seen.get(erasure.subject)
        if not erasure.waiver and (taken_at is None or taken_at > erasure.first_sent_at):
            said = f"{erasure.subject} was sent without a snapshot from before and without a waiver."
            yield Breach("I4", said, erasure.pk)


def suppression_stands_before_the_first_request(evidence: Evidence) -> Iterator[Breach]:
    """An approver may keep somebody off the list, with a reason on the ticket."""
    suppressed = Attempt.objects.filter(erasure__ticket__not_suppressed="")
    tickets = suppressed.values_list("erasure__ticket_id", "erasure__ticket__reference")
    for ticket_id, reference, first_sent_at in tickets.annotate(first=Min("started_at")).order_by("erasure__ticket_id"):
        if _is_unsuppressed(ticket_id, reference, first_sent_at) or _was_sent_first(reference):
            yield Breach("I5", f"{reference} was sent before its person was suppressed.")


def the_ledger_knows_each_attempt(evidence: Evidence) -> Iterator[Breach]:
    verdict = selectors.verify()
    if verdict.fault:
        yield Breach("I6", f"Event {verdict.fault.seq} of the ledger: {verdict.fault.reason}")
    told = Counter(str(entry["facts"].get("attempt")) for entry in _started_events())
    numbers = {str(pk): number for pk, number in Attempt.objects.values_list("pk", "number")}
    for pk, number in numbers.items():
        if told[pk] != 1:
            yield Breach("I6", f"The ledger tells {told[pk]} times that attempt {pk} (number {number}) was started.")
    for pk in sorted(set(told) - set(numbers)):
        yield Breach("I6", f"The ledger tells of attempt {pk}, which is gone.")


def _before():
    return AuditSnapshot.objects.filter(moment=AuditSnapshot.Moment.BEFORE)


def _sent():
    sent = Erasure.objects.annotate(first_sent_at=Min("attempts__started_at")).exclude(first_sent_at=None)
    return sent.select_related("ticket", "account").order_by("pk")


def _is_unsuppressed(ticket_id: int, reference: str, first_sent_at: datetime) -> bool:
    wanted = TicketIdentifier.objects.filter(ticket_id=ticket_id).values_list("kind", "digest")
    sources = EntrySource.objects.filter(
        kind=EntrySource.Kind.TICKET, reference=reference, added_at__lte=first_sent_at
    ).values_list("entry__kind", "entry__digest")
    return bool(_plain(wanted) - _plain(sources))


def _plain(pairs) -> set[tuple[str, bytes]]:
    return {(kind, bytes(digest)) for kind, digest in pairs}


def _was_sent_first(reference: str) -> bool:
    """Compare by the ledger's order, which is the order of the commits: two moments may be equal."""
    events = AuditEvent.objects.filter(root=reference)
    first = events.filter(action="attempt.started").aggregate(seq=Min("seq"))["seq"]
    added = events.filter(action="suppression.added").aggregate(seq=Min("seq"))["seq"]
    return first is not None and (added is None or added > first)


def _started_events() -> Iterator[dict]:
    for event in AuditEvent.objects.filter(action="attempt.started").order_by("seq").iterator():
        try:
            yield event.entry
        except ValueError:
            continue  # a broken body is told as such


RULES = (
    nothing_is_sent_past_its_lease,
    every_sent_erasure_has_a_snapshot,
    suppression_stands_before_the_first_request,
    the_ledger_knows_each_attempt,
)
