"""Tell whoever balances load whether the API answers."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps.api.schemas import Health, ProblemDocument

router = Router(tags=["Health"])


@router.get(
    "/health", response={200: Health, 503: ProblemDocument}, operation_id="health", summary="Does the API answer?"
)
def health(request: HttpRequest) -> HttpResponse:
    """Say that the API and its database answer; it takes no token, and tells nothing of what they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse('{"status": "ok"}', content_type="application/json")
