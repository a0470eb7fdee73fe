from collections.abc import Callable
from functools import partial

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from apps.audit.admin import EvidenceAdmin, chip, time_of
from apps.suppression import services, views
from apps.suppression.import_progress import state_of
from apps.suppression.models import SuppressionImport


@admin.register(SuppressionImport)
class SuppressionImportAdmin(EvidenceAdmin):
    """Files that were taken into lists: adding one is an upload, and its page shows the progress."""

    list_display = ("reference", "list", "identifiers", "state", "added", "known", "rejected", "started", "started_by")
    list_filter = ("list",)
    list_select_related = ("list", "job", "started_by")
    list_per_page = 50
    ordering = ("-pk",)
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(services.ADD)

    def get_urls(self):
        pages = [
            ("<int:pk>/progress/", require_GET(views.import_progress), "progress"),
            ("<int:pk>/rejects.csv", require_GET(views.import_rejects), "rejects"),
            ("<int:pk>/stop/", require_POST(views.stop_import), "stop"),
            ("<int:pk>/withdraw/", require_POST(views.withdraw_import), "withdraw"),
        ]
        return [
            path(route, self._wrapped(view), name=f"suppression_suppressionimport_{name}")
            for route, view, name in pages
        ] + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        return redirect("admin:suppression_import")

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        return views.import_page(request, object_id, site=self.admin_site)

    @admin.display(description="State")
    def state(self, source: SuppressionImport) -> SafeString:
        return chip(*state_of(source))

    @admin.display(description="Started")
    def started(self, source: SuppressionImport) -> SafeString:
        return time_of(source.started_at)

    def _wrapped(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return self.admin_site.admin_view(partial(view, site=self.admin_site))
