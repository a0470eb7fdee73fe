"""Where tickets are opened: the form in place of Django's own, and what it asks while it is filled in."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from apps.tickets.views import opening


class OpeningAdmin:
    """Mixin for the ModelAdmin of tickets; list it before ModelAdmin and before mixins that also give urls."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tickets.add_deletionticket")

    def get_urls(self):
        pages = [("check/", self.check_view, "check"), ("due/", self.due_view, "due")]
        return [
            path(route, self.admin_site.admin_view(require_POST(view)), name=f"tickets_deletionticket_{name}")
            for route, view, name in pages
        ] + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        self._require_opener(request)
        return opening.open_form(request, self.admin_site.each_context(request) | (extra_context or {}))

    def check_view(self, request: HttpRequest) -> HttpResponse:
        self._require_opener(request)
        return opening.answer_check(request)

    def due_view(self, request: HttpRequest) -> HttpResponse:
        self._require_opener(request)
        return opening.answer_due(request)

    def _require_opener(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied
