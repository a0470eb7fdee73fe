"""One ticket as its page shows it: loaded in a fixed number of queries, handed on as plain values."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from apps.audit.selectors import history
from apps.suppression.selectors import sources_of
from apps.tickets.deadlines import Deadline, deadline, has_internal_target
from apps.tickets.events import Told, tell
from apps.tickets.models import Attempt, DeletionTicket, Erasure, TicketIdentifier
from apps.tickets.moments import clock
from apps.tickets.outlook import Outlook, is_going_on, outlook
from apps.tickets.standings import Standing, ticket_standing
from apps.tickets.states import BEFORE_APPROVAL, CLOSED, SENDABLE_ERASURE, ErasureStatus, TicketStatus

from .cards import Card, cards
from .costs import Cost, costs_of
from .findings import KIND_NAMES
from .identifiers import identifiers_of
from .reasons import opened, read_reasons
from .returns import CameBack, came_back

NEWEST_EVENTS = 200
_PEOPLE = ("opened_by", "approved_by", "identity_verified_by")


@dataclass(frozen=True)
class Fact:
    """A name and a value of the column beside the cards; ``at`` is shown as a moment."""

    name: str
    value: str = ""
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Link:
    """Another ticket, and what it is to this one."""

    pk: int
    reference: str
    what: str


@dataclass(frozen=True)
class Listed:
    """A suppression list that this ticket put the subject on; ``until`` is set once the entry was withdrawn."""

    title: str
    masked: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class TicketPage:
    """Everything the page shows but its buttons, which depend on the viewer."""

    ticket: DeletionTicket
    erasures: list[Erasure]
    identifiers: list[tuple[str, str]]
    standing: Standing
    deadline: Deadline
    outlook: Outlook
    waits: list[str]
    cards: list[Card]
    costs: list[Cost]
    history: list[Told]
    is_going_on: bool


@dataclass(frozen=True)
class Clear:
    """What is shown once, to somebody whose name is recorded: identifiers as typed, and what the ticket came with."""

    identifiers: dict[str, str]
    words: list[Fact]


@dataclass(frozen=True)
class Aside:
    """The column beside the cards. ``sealed`` names the words that are shown in clear only."""

    facts: list[Fact]
    sealed: list[str]
    reasons: list[Fact]
    links: list[Link]
    lists: list[Listed]
    came_back: list[CameBack]


def load_ticket(pk: int) -> DeletionTicket | None:
    """Return the ticket with its people, linked tickets and key, or None."""
    related = (*_PEOPLE, "predecessor", "cover", "batch", "key")
    return DeletionTicket.objects.select_related(*related).prefetch_related("identifiers").filter(pk=pk).first()


def load_erasures(ticket: DeletionTicket) -> list[Erasure]:
    """Return the ticket's erasures with all that a card shows, in a steady order: what cannot be used stands last."""
    related = ("account", "identifier", "before__key", "shown_at_approval", "after", "closed_by", "manual_by")
    attempts = Prefetch("attempts", Attempt.objects.order_by("number"))
    related = (*related, "chosen_by")
    erasures = ticket.erasures.select_related(*related).prefetch_related(
        attempts, "subscriber_acts", "reasons__given_by"
    )
    return sorted(
        erasures.order_by("account__name", "kind"), key=lambda row: row.status == ErasureStatus.NOT_APPLICABLE
    )


def ticket_page(ticket: DeletionTicket, now: datetime) -> TicketPage:
    """Gather what changes while a ticket is worked on."""
    erasures = load_erasures(ticket)
    costs = [] if ticket.status in CLOSED else costs_of(erasures, now)
    slots = {cost.account_id: cost.slot_at for cost in costs if cost.slot_at}
    newest = history(ticket.reference).order_by("-seq")[:NEWEST_EVENTS]
    return TicketPage(
        ticket=ticket,
        erasures=erasures,
        identifiers=[(KIND_NAMES.get(row.kind, row.kind), row.masked) for row in _sorted(ticket)],
        standing=ticket_standing(ticket.status, ticket.resolution),
        deadline=deadline(ticket, now),
        outlook=outlook(ticket, erasures, now, slots),
        waits=_waits(ticket, erasures, costs, now),
        cards=cards(ticket, erasures, now, slots),
        costs=costs,
        history=[tell(event) for event in newest],
        is_going_on=is_going_on(ticket, erasures, now, slots) or _is_unsubscribing(erasures),
    )


def aside(ticket: DeletionTicket, *, with_reasons: bool) -> Aside:
    """Gather what stays as it is: facts, reasons, linked tickets, suppression lists, and who came back since."""
    reasons = _reasons(ticket) if with_reasons else []
    sealed = [name for name, sealed, _ in _words(ticket) if sealed]
    return Aside(_facts(ticket), sealed, reasons, _links(ticket), _lists(ticket), came_back(ticket))


def in_clear(ticket: DeletionTicket) -> Clear:
    """Unseal what names the person or may do so; the caller records who saw it. Raises VaultError."""
    identifiers = {KIND_NAMES.get(kind, kind): value for kind, value in identifiers_of(ticket).items()}
    words = [Fact(name, opened(ticket.key, sealed, field)) for name, sealed, field in _words(ticket) if sealed]
    return Clear(identifiers, words)


def _is_unsubscribing(erasures: list[Erasure]) -> bool:
    return any(act.is_under_way for erasure in erasures for act in erasure.subscriber_acts.all())


def _sorted(ticket: DeletionTicket) -> list[TicketIdentifier]:
    return sorted(ticket.identifiers.all(), key=lambda row: list(KIND_NAMES).index(row.kind))


def _waits(ticket: DeletionTicket, erasures: list[Erasure], costs: list[Cost], now: datetime) -> list[str]:
    """Say why things wait, beyond the one sentence about what happens next."""
    waits = ["On hold: nothing leaves until it is released."] if ticket.on_hold and not ticket.is_closed else []
    if ticket.status == TicketStatus.APPROVED and ticket.leaves_at and ticket.leaves_at > now:
        waits.append(f"Cooling off until {clock(ticket.leaves_at, now)}: it can still be cancelled.")
    if ticket.status in BEFORE_APPROVAL:
        return waits
    waits += [cost.sentence for cost in costs if cost.tone]
    busy = {e.account.name: e.account.wait_until for e in erasures if e.is_open and e.status in SENDABLE_ERASURE}
    waits += [f"{name} is busy until {clock(until, now)}." for name, until in busy.items() if until and until > now]
    return waits


def _facts(ticket: DeletionTicket) -> list[Fact]:
    facts = [
        Fact("Asked", at=ticket.requested_at),
        Fact("Received", at=ticket.received_at, note="assumed: the time of opening" if ticket.received_assumed else ""),
        Fact("Due", at=ticket.due_at, note="internal target" if has_internal_target(ticket) else ""),
        Fact("Regime", "Own initiative" if ticket.own_initiative else ticket.get_regime_display()),
        Fact("Came by", ticket.get_channel_display()),
        Fact("Asked by", ticket.get_requester_display()),
        Fact(
            "Identity",
            ticket.get_identity_basis_display(),
            ticket.identity_verified_at,
            _by(ticket, "identity_verified_by"),
        ),
        Fact("Opened", "", ticket.opened_at, _by(ticket, "opened_by")),
        Fact("Approved", "", ticket.approved_at, _by(ticket, "approved_by")),
        Fact("Approval holds until", at=None if ticket.is_closed else ticket.approval_expires_at),
        Fact("Sources paused", ticket.get_sources_paused_display()),
        Fact("Closed", "", ticket.closed_at),
        Fact("Reference elsewhere", ticket.external_ref),
        Fact("Language", ticket.language),
        Fact("Country", ticket.country),
        Fact("Batch", f"{ticket.batch_id}" if ticket.batch_id else ""),
    ]
    return [fact for fact in facts if fact.value or fact.at]


def _by(ticket: DeletionTicket, role: str) -> str:
    person = getattr(ticket, role)
    return f"by {person.get_username()}" if person else ""


def _words(ticket: DeletionTicket) -> list[tuple[str, bytes | None, str]]:
    return [
        ("Note", ticket.note, "ticket.note"),
        ("Original request", ticket.original_request, "ticket.original_request"),
    ]


def _reasons(ticket: DeletionTicket) -> list[Fact]:
    own = ticket.reasons.filter(erasure=None).select_related("given_by")
    return [Fact(given.title, given.text, given.at, f"by {given.by}") for given in read_reasons(own, ticket.key)]


def _links(ticket: DeletionTicket) -> list[Link]:
    before = "erases again after" if ticket.own_initiative else "reopened from"
    links = [(ticket.predecessor, before), (ticket.cover, "covered by")]
    near = DeletionTicket.objects.filter(Q(predecessor=ticket) | Q(cover=ticket)).only(
        "reference", "predecessor", "cover", "own_initiative"
    )
    links += [(other, _what_it_is(other, ticket)) for other in near]
    known = {ticket.pk, *(other.pk for other, _ in links if other)}
    links += [(other, "same subject") for other in _about_the_same(ticket, known)]
    return [Link(other.pk, other.reference, what) for other, what in links if other]


def _what_it_is(other: DeletionTicket, ticket: DeletionTicket) -> str:
    if other.predecessor_id != ticket.pk:
        return "duplicate"
    return "erased again as" if other.own_initiative else "reopened as"


def _about_the_same(ticket: DeletionTicket, known: set[int]) -> list[DeletionTicket]:
    digests = [bytes(row.digest) for row in ticket.identifiers.all()]
    others = TicketIdentifier.objects.filter(digest__in=digests).exclude(ticket__in=known)
    return list(DeletionTicket.objects.filter(pk__in=others.values("ticket")).only("reference").order_by("-pk")[:5])


def _lists(ticket: DeletionTicket) -> list[Listed]:
    return [
        Listed(
            source.entry.list.title, source.entry.masked, source.added_at, source.withdrawn_at or source.entry.lifted_at
        )
        for source in sources_of(ticket.reference)
    ]
