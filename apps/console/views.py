from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from . import selectors


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return what the first page shows: everything is counted for this user's rights, at one moment."""
    now = timezone.now()
    return {
        "banners": selectors.banners(request.user, now),
        "cards": selectors.cards(request.user, now),
        "events": selectors.latest_events(request.user),
    }
