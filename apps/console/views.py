from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from . import selectors
from .alarms import alarms


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what every page shows around its content."""
    return {"alarms": alarms(request.user, timezone.now()), "roles": selectors.role_names(request.user)}


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return what the first page shows: everything is counted for this user's rights, at one moment."""
    now = timezone.now()
    return {
        "cards": selectors.cards(request.user, now),
        "events": selectors.latest_events(request.user),
    }
