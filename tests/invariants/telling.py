"""Tell what led to a breach: the attempts, requests, looks and events of one erasure, in order and about nobody."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from apps.audit.models import AuditEvent
from apps.tickets.models import Attempt, Erasure

from .evidence import Breach, Evidence, Request, names_of

MOST = 10  # stories: the first ones tell what the others would
Line = tuple[datetime, str]


def stories_of(breaches: Iterable[Breach], evidence: Evidence) -> Iterator[str]:
    """Tell the first of the erasures in question, each once."""
    erasures = dict.fromkeys(breach.erasure for breach in breaches if breach.erasure)
    for pk in list(erasures)[:MOST]:
        yield from story_of(pk, evidence)


def story_of(erasure_pk: int, evidence: Evidence) -> list[str]:
    """Return one line for each thing that happened. Both sides are told in their own clocks."""
    erasure = Erasure.objects.select_related("ticket__key", "account", "identifier", "before").get(pk=erasure_pk)
    lines = [*_events(erasure), *_requests(erasure, evidence)]
    told = [f"{moment:%H:%M:%S.%f} {said}" for moment, said in sorted(lines)]
    return [_now(erasure), *_attempts(erasure), *told]


def _now(erasure: Erasure) -> str:
    said = [erasure.status, erasure.doubt, erasure.attention, erasure.waiver]
    return f"{erasure.subject} ends as {', '.join(filter(None, said))}."


def _attempts(erasure: Erasure) -> Iterator[str]:
    for attempt in erasure.attempts.order_by("number"):
        target = "" if attempt.target is None else f", profile {attempt.target + 1}"
        outcome = f"{attempt.outcome or 'no outcome'} ({attempt.http_status or 'no status'})"
        yield f"attempt {attempt.number}: round {attempt.round}{target}, fence {attempt.fence}, {outcome}"


def _events(erasure: Erasure) -> Iterator[Line]:
    """The facts of the ledger are numbers and codes."""
    for event in AuditEvent.objects.filter(root=erasure.ticket.reference, subject=erasure.subject).order_by("seq"):
        facts = ", ".join(f"{name}={fact}" for name, fact in event.entry["facts"].items())
        yield event.at, f"ledger {event.seq}: {event.action} {facts}".rstrip()


def _requests(erasure: Erasure, evidence: Evidence) -> Iterator[Line]:
    """Leave out paths, queries and bodies: they name people."""
    numbers = {str(attempt.pk): attempt.number for attempt in Attempt.objects.filter(erasure=erasure)}
    for act in evidence.acts:
        if act.attempt in numbers:
            yield act.received_at, f"vendor: {_told(act)}, attempt {numbers[act.attempt]}"
    for look in evidence.looks_at(erasure.account.vendor, names_of(erasure)):
        yield look.received_at, f"vendor: {_told(look)}"


def _told(request: Request) -> str:
    fault = f", fault “{request.fault}”" if request.fault else ""
    effect = ", done" if request.effect else ""
    return f"request {request.number}, {request.action}, answered {request.status or 'nothing'}{fault}{effect}"
