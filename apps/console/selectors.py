from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.tickets.events import tell
from apps.tickets.models import AccountOutlook
from apps.tickets.moments import clock, day
from apps.tickets.selectors.figures import Figures, ticket_figures
from apps.tickets.selectors.reappearances import undecided

EVENTS_SHOWN = 10


@dataclass(frozen=True)
class Card:
    """One figure on the overview. `tone` is a chip's: idle, busy, good, warn or bad."""

    title: str
    figure: int
    note: str
    url: str
    tone: str = "idle"


@dataclass(frozen=True)
class Event:
    """One line of "What happened last"."""

    text: str
    subject: str
    actor: str
    at: datetime
    url: str


@dataclass(frozen=True)
class Banner:
    """One sentence above the cards, for what stops work until a person acts."""

    text: str
    url: str
    tone: str = "warn"


@dataclass(frozen=True)
class Outlook:
    """One account's backlog: how much waits, when it is finished, and the first due date that it misses."""

    account: str
    waiting: int
    finish: str
    missed: str
    is_paused: bool
    made: str
    url: str


def cards(user: User, now: datetime) -> list[Card]:
    """Return the cards this user may see, in the order of the daily work."""
    return [card for source in CARDS for card in source(user, now)]


def latest_events(user: User) -> list[Event]:
    """Return the newest events of the ledger for whoever may read it."""
    if not user.has_perm("audit.view_auditevent"):
        return []
    return [_event(event) for event in AuditEvent.objects.order_by("-seq")[:EVENTS_SHOWN]]


def outlooks(user: User, now: datetime) -> list[Outlook]:
    """Return what the last forecast says of every account with a backlog, for whoever sees tickets."""
    if not user.has_perm("tickets.view_deletionticket"):
        return []
    found = AccountOutlook.objects.filter(waiting__gt=0).select_related("account").order_by("account__name")
    return [_outlook(row, now) for row in found]


def _outlook(row: AccountOutlook, now: datetime) -> Outlook:
    url = f"{reverse('admin:tickets_deletionticket_changelist')}?account={row.account.name}"
    finish = clock(row.finish_at, now) if row.finish_at else ""
    missed = day(row.first_late_due_at) if row.first_late_due_at else ""
    is_paused = row.account.is_paused
    return Outlook(row.account.name, row.waiting, finish, missed, is_paused, clock(row.made_at, now), url)


def role_names(user: User | AnonymousUser) -> list[str]:
    return list(user.groups.order_by("name").values_list("name", flat=True)) if user.is_authenticated else []


def _event(event: AuditEvent) -> Event:
    url = reverse("admin:audit_auditevent_change", args=[event.seq])
    return Event(tell(event).text, event.subject, event.actor, event.at, url)


def _tickets(user: User, now: datetime) -> list[Card]:
    if not user.has_perm("tickets.view_deletionticket"):
        return []
    found = ticket_figures(now)
    return [
        _ticket_card(
            "Waiting for identity", found.awaiting_identity, "somebody has to verify it", "state=awaiting_identity"
        ),
        _ticket_card("Needs approval", found.pending_approval, "by a second person", "state=pending_approval", "warn"),
        _ticket_card("Needs attention", found.needing_attention, "a person has to act", "attention=yes", "bad"),
        _ticket_card("Overdue", found.overdue, "the legal date has passed", "due=overdue", "bad"),
        _ticket_card("Late by forecast", found.late_by_forecast, _first_late(found), "due=late", "bad"),
        _ticket_card("At the vendors", found.at_the_vendors, "sent, or being checked", "state=at_the_vendors", "busy"),
        _ticket_card("Due within 7 days", found.due_soon, _next_due(found), "due=week", "warn"),
    ]


def _came_back(user: User, now: datetime) -> list[Card]:
    if not user.has_perm("tickets.view_reappearance"):
        return []
    figure = undecided().count()
    url = f"{reverse('admin:tickets_reappearance_changelist')}?status__exact=open"
    return [Card("Came back", figure, "after erasure; somebody decides why", url, "warn" if figure else "idle")]


def _ticket_card(title: str, figure: int, note: str, query: str, tone: str = "idle") -> Card:
    """Link a figure to the list it counts; nothing to do is nothing to worry about."""
    url = f"{reverse('admin:tickets_deletionticket_changelist')}?{query}"
    return Card(title, figure, note, url, tone if figure else "idle")


def _next_due(found: Figures) -> str:
    return f"next on {day(found.next_due_at)}" if found.next_due_at else "nothing is due"


def _first_late(found: Figures) -> str:
    return f"first due date missed: {day(found.first_late_due_at)}" if found.first_late_due_at else "all in time"


def _people(user: User, now: datetime) -> list[Card]:
    if not user.has_perm("auth.view_user"):
        return []
    people = User.objects.filter(is_active=True, is_staff=True).count()
    return [Card("People with access", people, "active accounts", reverse("admin:auth_user_changelist"))]


# Each source takes (user, now) and returns the cards that this user may see.
CARDS = (_tickets, _came_back, _people)
