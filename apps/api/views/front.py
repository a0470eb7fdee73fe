"""The API as a whole: its routes, its document, and an answer of its own for every address below /api/."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from apps.api.documents import describe
from apps.api.page import page
from apps.api.problems import NOT_FOUND, WRONG_METHOD, answer

from . import health, suppression, tickets
from .door import StrictJson
from .faults import teach

api = NinjaAPI(
    title="Compliance Console",
    version="1",
    description="Ask who is suppressed, open deletion tickets and read their state.",
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-v1",
    parser=StrictJson(),
)
teach(api)
for part in (suppression, tickets, health):
    api.add_router("", part.router)


def in_front(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wrap a view of the library: tokens let in instead of logins, and a wrong method is told like any refusal."""

    @csrf_exempt
    @login_not_required
    def answered(request: HttpRequest, **arguments: str) -> HttpResponse:
        response = view(request, **arguments)
        if response.status_code == 405:
            return answer(WRONG_METHOD, headers={"Allow": response.headers["Allow"]})
        return response

    return answered


@csrf_exempt
@login_not_required
def nowhere(request: HttpRequest, **arguments: str) -> HttpResponse:
    return answer(NOT_FOUND)


@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(_document())


@login_not_required
def docs(request: HttpRequest) -> HttpResponse:
    """Show the document as a page; it needs no script, so the strict policy has nothing to allow."""
    return render(request, "api/docs.html", {"page": page(_document())})


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    """Describe the API once: it does not change while a process runs."""
    return describe(api)
