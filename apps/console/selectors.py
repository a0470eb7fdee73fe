from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse


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

    action: str
    subject: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class Banner:
    """One sentence above the cards, for what stops work until a person acts."""

    text: str
    url: str
    tone: str = "warn"


def cards(user: User, now: datetime) -> list[Card]:
    """Return the cards this user may see, in the order of the daily work."""
    return [card for source in CARDS if (card := source(user, now))]


def banners(user: User, now: datetime) -> list[Banner]:
    return [banner for source in BANNERS for banner in source(user, now)]


def latest_events(user: User) -> list[Event]:
    """Return the newest events of the ledger for whoever may read it."""
    return []


def role_names(user: User | AnonymousUser) -> list[str]:
    return list(user.groups.order_by("name").values_list("name", flat=True)) if user.is_authenticated else []


def _people(user: User, now: datetime) -> Card | None:
    if not user.has_perm("auth.view_user"):
        return None
    people = User.objects.filter(is_active=True).count()
    return Card("People with access", people, "active accounts", reverse("admin:auth_user_changelist"))


# Each source takes (user, now); a card source returns a Card or None, a banner source a list of Banner.
CARDS = (_people,)
BANNERS = ()
