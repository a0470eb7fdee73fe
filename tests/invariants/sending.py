"""What left the house: I1, I2 and I7."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from apps.audit.models import AuditEvent
from apps.tickets.models import Attempt, Erasure
from apps.tickets.models.erasure import Waiver
from apps.vendors.clients.errors import Outcome
from apps.vendors.models import Usage, VendorAccount

from .evidence import Breach, Evidence, Request, names_of

DAY = timedelta(days=1)
NOTHING_HAPPENED = frozenset({Outcome.BUSY, Outcome.KEY_REFUSED})
NEVER_LEFT = frozenset({Outcome.UNREACHED, Outcome.TLS_FAILED})
SENT_ANEW = frozenset({"erasure.retried", "erasure.worker_died"})


def every_request_has_an_attempt(evidence: Evidence) -> Iterator[Breach]:
    attempts = {str(pk) for pk in Attempt.objects.values_list("pk", flat=True)}
    known = attempts | _requests_of_staff()
    for act in evidence.acts:
        if act.attempt not in known:
            name = act.attempt or "without a name"
            yield Breach(
                "I1", f"{act.vendor} received deletion request {act.number} ({name}) that no attempt stands for."
            )


def nothing_is_asked_for_twice(evidence: Evidence) -> Iterator[Breach]:
    for attempt, acts in evidence.acts_by_attempt.items():
        if len(acts) > 1 and attempt:
            yield Breach("I2", f"{acts[0].vendor} received attempt {attempt} {len(acts)} times.")
    for attempts in _received(evidence).values():
        yield from _wrong_repeats(attempts, evidence)


def the_quota_holds(evidence: Evidence) -> Iterator[Breach]:
    for account in VendorAccount.objects.order_by("name"):
        sent = _sent_minutes(account, evidence)
        yield from _uncounted(account, sent)
        yield from _above_the_day(account, "were counted", _counted_minutes(account))
        yield from _above_the_day(account, "arrived", sent)
        if evidence.one_clock:
            yield from _above_the_day(account, "arrived by the sandbox's clock", _arrived(account, evidence))


def _requests_of_staff() -> set[str]:
    """Name the deletions without a ticket: one profile, by a command, with its id in the event."""
    events = AuditEvent.objects.filter(action="subscriber.delete_one")
    return {str(event.entry["facts"].get("request", "")) for event in events}


def _received(evidence: Evidence) -> dict[int, list[Attempt]]:
    """Return per erasure the attempts that the sandbox saw, in the order of their arrival."""
    related = ("erasure__ticket__key", "erasure__account", "erasure__identifier", "erasure__before")
    rows = {str(row.pk): row for row in Attempt.objects.select_related(*related)}
    received: defaultdict[int, list[Attempt]] = defaultdict(list)
    for act in evidence.acts:
        attempt = rows.get(act.attempt)
        if attempt is not None and attempt not in received[attempt.erasure_id]:
            received[attempt.erasure_id].append(attempt)
    return received


def _wrong_repeats(attempts: Sequence[Attempt], evidence: Evidence) -> Iterator[Breach]:
    for attempt in attempts:
        if attempt.outcome in NEVER_LEFT:
            said = f"{_named(attempt)} is said never to have left, but it arrived."
            yield Breach("I2", said, attempt.erasure_id)
    for earlier, later in pairwise(attempts):
        fault = _fault_of(earlier, later, evidence)
        if fault:
            yield Breach("I2", f"{_named(later)} was sent {fault}.", later.erasure_id)


def _fault_of(earlier: Attempt, later: Attempt, evidence: Evidence) -> str:
    """Say what is wrong with a second request; nothing where it is for another profile, or nothing happened."""
    another_profile = earlier.round == later.round and earlier.target != later.target
    if another_profile or earlier.outcome in NOTHING_HAPPENED:
        return ""
    between = _actions_between(earlier, later)
    if earlier.outcome == Outcome.ACCEPTED and earlier.round == later.round and not between & SENT_ANEW:
        return f"though attempt {earlier.number} had been accepted"
    if later.erasure.waiver == Waiver.NO_LOOKUP and "erasure.retried" in between:
        return ""
    looked = _was_looked_up(later.erasure, _act(earlier, evidence), _act(later, evidence), evidence)
    return "" if looked else f"without a look after attempt {earlier.number}"


def _actions_between(earlier: Attempt, later: Attempt) -> set[str]:
    events = AuditEvent.objects.filter(root=later.erasure.ticket.reference, subject=later.erasure.subject)
    begun = {
        event.entry["facts"].get("attempt"): event.seq
        for event in events.filter(action="attempt.started").order_by("seq")
    }
    first, last = begun.get(str(earlier.pk), 0), begun.get(str(later.pk), 0)
    return set(events.filter(seq__gt=first, seq__lt=last).values_list("action", flat=True))


def _act(attempt: Attempt, evidence: Evidence) -> Request:
    return evidence.acts_by_attempt[str(attempt.pk)][0]


def _was_looked_up(erasure: Erasure, after: Request, before: Request, evidence: Evidence) -> bool:
    looks = evidence.looks_at(before.vendor, names_of(erasure))
    return any(after.number < look.number < before.number for look in looks)


def _sent_minutes(account: VendorAccount, evidence: Evidence) -> Counter[datetime]:
    """Count what arrived, in the minute in which the console says that it was sent."""
    arrived = set(evidence.acts_by_attempt)
    rows = Attempt.objects.filter(erasure__account=account).values_list("pk", "started_at")
    return Counter(started_at.replace(second=0, microsecond=0) for pk, started_at in rows if str(pk) in arrived)


def _counted_minutes(account: VendorAccount) -> Counter[datetime]:
    return Counter(dict(Usage.objects.filter(account=account).values_list("minute", "sends")))


def _arrived(account: VendorAccount, evidence: Evidence) -> Counter[datetime]:
    pks = Attempt.objects.filter(erasure__account=account).values_list("pk", flat=True)
    ours = {str(pk) for pk in pks}
    return Counter(act.received_at for act in evidence.acts if act.attempt in ours)


def _uncounted(account: VendorAccount, sent: Counter[datetime]) -> Iterator[Breach]:
    counted = _counted_minutes(account)
    for minute, number in sorted((sent - counted).items()):
        when = f"{minute:%Y-%m-%d %H:%M}"
        yield Breach("I7", f"{account.name} received {number} more deletions sent at {when} than its quota counted.")


def _above_the_day(account: VendorAccount, verb: str, moments: Counter[datetime]) -> Iterator[Breach]:
    if account.per_day is None:
        return
    most = _most_in_a_day(sorted(moments.items()))
    if most > account.per_day:
        yield Breach("I7", f"{most} deletions {verb} for {account.name} within 24 hours, of {account.per_day} allowed.")


def _most_in_a_day(moments: Sequence[tuple[datetime, int]]) -> int:
    most = total = first = 0
    for moment, number in moments:
        total += number
        while moments[first][0] <= moment - DAY:
            total -= moments[first][1]
            first += 1
        most = max(most, total)
    return most


def _named(attempt: Attempt) -> str:
    return f"Attempt {attempt.number} of {attempt.erasure.subject}"


RULES = (every_request_has_an_attempt, nothing_is_asked_for_twice, the_quota_holds)
