from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from . import selectors
from .accounts import account_lines
from .alarms import alarms
from .workforce import workforce


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what every page shows around its content."""
    return {"alarms": alarms(request.user, timezone.now()), "roles": selectors.role_names(request.user)}


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return what the first page shows: everything is counted for this user's rights, at one moment."""
    now = timezone.now()
    return {
        "cards": selectors.cards(request.user, now),
        "outlooks": selectors.outlooks(request.user, now),
        "accounts": account_lines(request.user, now),
        "events": selectors.latest_events(request.user),
        "workforce": workforce(request.user, now),
    }


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer whoever balances load while pages and database work; it says nothing of what they hold."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
