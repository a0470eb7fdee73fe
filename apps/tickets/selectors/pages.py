"""One ticket as its page shows it: loaded in a fixed number of queries, handed on as plain values."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, prefetch_related_objects

from apps.audit.selectors import history
from apps.suppression.selectors import Block, sources_of
from apps.tickets.deadlines import Deadline, deadline, has_internal_target
from apps.tickets.events import Told, tell
from apps.tickets.foretelling import Foretold
from apps.tickets.models import Attempt, DeletionTicket, Erasure, Reason, TicketIdentifier
from apps.tickets.moments import clock, day
from apps.tickets.outlook import Outlook, held_back, is_going_on, outlook
from apps.tickets.standings import Standing, ticket_standing
from apps.tickets.states import BEFORE_APPROVAL, CLOSED, ErasureStatus, TicketStatus
from apps.tickets.unsubscribes import what_stays

from .approvals import forecast_approval
from .cards import Card, cards
from .costs import Cost, costs_of
from .findings import KIND_NAMES
from .identifiers import digests_of, identifiers_of
from .reasons import opened, read_reasons
from .returns import CameBack, came_back
from .suppressed import held_already

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
    """Everything the page shows but its buttons, which depend on the viewer.

    ``stays`` says what would outlive a ticket that is called off now: an unsubscribe that has left.
    """

    ticket: DeletionTicket
    erasures: list[Erasure]
    identifiers: list[tuple[str, str]]
    standing: Standing
    deadline: Deadline
    outlook: Outlook
    waits: list[str]
    cards: list[Card]
    costs: list[Cost]
    forecast: list[Foretold]
    history: list[Told]
    is_going_on: bool
    stays: str


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
    held: list[Block]
    came_back: list[CameBack]


def load_ticket(pk: int) -> DeletionTicket | None:
    """Return the ticket with its people, linked tickets and key, or None."""
    related = (*_PEOPLE, "predecessor", "cover", "batch", "key")
    return DeletionTicket.objects.select_related(*related).prefetch_related("identifiers").filter(pk=pk).first()


def load_erasures(ticket: DeletionTicket) -> list[Erasure]:
    """Return the ticket's erasures with all that a card shows, in a steady order: what cannot be used stands last.

    The reasons of them and of the ticket are one query: they are loaded on the ticket.
    """
    prefetch_related_objects([ticket], Prefetch("reasons", Reason.objects.select_related("given_by")))
    related = ("account__outlook", "identifier", "before__key", "shown_at_approval", "after__key", "closed_by")
    attempts = Prefetch("attempts", Attempt.objects.order_by("number"))
    related = (*related, "manual_by", "chosen_by")
    erasures = ticket.erasures.select_related(*related).prefetch_related(attempts, "subscriber_acts")
    return sorted(
        erasures.order_by("account__name", "kind"), key=lambda row: row.status == ErasureStatus.NOT_APPLICABLE
    )


def ticket_page(ticket: DeletionTicket, now: datetime) -> TicketPage:
    """Gather what changes while a ticket is worked on."""
    erasures = load_erasures(ticket)
    costs = [] if ticket.status in CLOSED else costs_of(erasures, now)
    slots = _slots(costs, erasures)
    forecast = _forecast(ticket, erasures, now)
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
        forecast=forecast,
        history=[tell(event) for event in newest],
        is_going_on=is_going_on(ticket, erasures, now, slots) or _is_unsubscribing(erasures),
        stays=what_stays(erasures, now),
    )


def aside(ticket: DeletionTicket, *, with_reasons: bool, at: datetime) -> Aside:
    """Gather what stays as it is: facts, reasons, linked tickets, suppression lists, and who came back since."""
    reasons, held = _reasons(ticket) if with_reasons else [], held_already(ticket, at=at)
    sealed = [name for name, sealed, _ in _words(ticket) if sealed]
    return Aside(_facts(ticket), sealed, reasons, _links(ticket), _lists(ticket), held, came_back(ticket))


def in_clear(ticket: DeletionTicket) -> Clear:
    """Unseal what names the person or may do so; the caller records who saw it. Raises VaultError."""
    identifiers = {KIND_NAMES.get(kind, kind): value for kind, value in identifiers_of(ticket).items()}
    words = [Fact(name, opened(ticket.key, sealed, field)) for name, sealed, field in _words(ticket) if sealed]
    return Clear(identifiers, words)


def _slots(costs: list[Cost], erasures: list[Erasure]) -> dict[int, datetime]:
    """Return when accounts whose day is used up take these erasures: others may be due before them."""
    slots = {cost.account_id: cost.slot_at for cost in costs if cost.slot_at}
    for erasure in erasures:
        slot_at = slots.get(erasure.account_id)
        if slot_at and erasure.forecast_send_at:
            slots[erasure.account_id] = max(slot_at, erasure.forecast_send_at)
    return slots


def _forecast(ticket: DeletionTicket, erasures: list[Erasure], now: datetime) -> list[Foretold]:
    """Say what approving this ticket would come to; its cards show the same forecast, not an older one."""
    if ticket.status != TicketStatus.PENDING_APPROVAL:
        return []
    approval = forecast_approval(DeletionTicket.objects.filter(pk=ticket.pk), at=now)
    made = {forecast.erasure: forecast for forecast in approval.chosen}
    for erasure in erasures:
        if erasure.pk in made:
            erasure.forecast_send_at, erasure.forecast_at = made[erasure.pk].send_at, made[erasure.pk].answer_at
    return approval.told(now)


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
    accounts = {erasure.account.name: erasure.account for erasure in erasures if erasure.is_open}
    return waits + [f"{name} {why}" for name, account in accounts.items() if (why := held_back(account, now))]


def _facts(ticket: DeletionTicket) -> list[Fact]:
    facts = [
        Fact("Asked", at=ticket.requested_at),
        Fact("Received", at=None if ticket.own_initiative else ticket.received_at, note=_assumed(ticket)),
        Fact("Due", at=ticket.due_at, note="internal target" if has_internal_target(ticket) else ""),
        Fact("Regime", "Own initiative" if ticket.own_initiative else ticket.get_regime_display()),
        Fact("Came by", ticket.get_channel_display()),
        Fact("Asked by", ticket.get_requester_display()),
        Fact(
            "Identity",
            _basis(ticket),
            ticket.identity_verified_at,
            _by(ticket, "identity_verified_by"),
        ),
        Fact("Opened", "", ticket.opened_at, _by(ticket, "opened_by")),
        Fact("Approved", "", ticket.approved_at, _by(ticket, "approved_by")),
        Fact("Approval holds until", "", None if ticket.is_closed else ticket.approval_expires_at, _promised(ticket)),
        Fact("Sources paused", ticket.get_sources_paused_display()),
        Fact("Closed", "", ticket.closed_at),
        Fact("Reference elsewhere", ticket.external_ref),
        Fact("Language", ticket.language),
        Fact("Country", ticket.country),
        Fact("Batch", f"{ticket.batch_id}" if ticket.batch_id else ""),
    ]
    return [fact for fact in facts if fact.value or fact.at]


def _assumed(ticket: DeletionTicket) -> str:
    return "assumed: the time of opening" if ticket.received_assumed else ""


def _basis(ticket: DeletionTicket) -> str:
    """Say how identity was checked, or after whose erasure the console's owner acts where nobody asked."""
    label = ticket.get_identity_basis_display()
    origin = ticket.reappearances_followed.select_related("ticket").first() if ticket.own_initiative else None
    return f"{label} ({origin.ticket.reference})" if origin else label


def _promised(ticket: DeletionTicket) -> str:
    """Say what the approver was told to expect."""
    promised_at = ticket.forecast_at_approval
    return f"answers were expected by {day(promised_at)}" if promised_at else ""


def _by(ticket: DeletionTicket, role: str) -> str:
    person = getattr(ticket, role)
    return f"by {person.get_username()}" if person else ""


def _words(ticket: DeletionTicket) -> list[tuple[str, bytes | None, str]]:
    return [
        ("Note", ticket.note, "ticket.note"),
        ("Original request", ticket.original_request, "ticket.original_request"),
    ]


def _reasons(ticket: DeletionTicket) -> list[Fact]:
    own = [reason for reason in ticket.reasons.all() if reason.erasure_id is None]
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
    same = [keyed for row in ticket.identifiers.all() for keyed in digests_of(row, ticket)]
    others = TicketIdentifier.objects.filter(digest__in=same).exclude(ticket__in=known)
    return list(DeletionTicket.objects.filter(pk__in=others.values("ticket")).only("reference").order_by("-pk")[:5])


def _lists(ticket: DeletionTicket) -> list[Listed]:
    return [
        Listed(
            source.entry.list.title, source.entry.masked, source.added_at, source.withdrawn_at or source.entry.lifted_at
        )
        for source in sources_of(ticket.reference)
    ]
