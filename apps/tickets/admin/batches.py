from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from apps.audit.admin import EvidenceAdmin, chip, time_of
from apps.tickets.models import TicketBatch
from apps.tickets.selectors.batches import state_of, with_counts
from apps.tickets.views import batches


@admin.register(TicketBatch)
class TicketBatchAdmin(EvidenceAdmin):
    """Files that were uploaded: adding one is an upload, and its page shows the progress."""

    list_display = ("name", "uploaded", "opened_by", "state", "opened", "rejected")
    list_display_links = ("name",)
    list_select_related = ("job", "opened_by")
    list_per_page = 50
    ordering = ("-pk",)
    sortable_by = ()
    change_list_template = "admin/tickets/batch_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("tickets.add_deletionticket")

    def get_queryset(self, request):
        return with_counts(super().get_queryset(request))

    def get_urls(self):
        pages = [
            ("template.csv", require_GET(self.template_view), "template"),
            ("<int:pk>/progress/", require_GET(self.progress_view), "progress"),
            ("<int:pk>/rejects/", require_POST(self.rejects_view), "rejects"),
            ("<int:pk>/stop/", require_POST(self.stop_view), "stop"),
        ]
        return [
            path(route, self.admin_site.admin_view(view), name=f"tickets_ticketbatch_{name}")
            for route, view, name in pages
        ] + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return batches.upload(request, self.admin_site.each_context(request))

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        self._require_reader(request)
        return batches.page(request, object_id, self.admin_site.each_context(request))

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._require_reader(request)
        return batches.progress(request, pk)

    def template_view(self, request: HttpRequest) -> HttpResponse:
        self._require_reader(request)
        return batches.template_file(request)

    def rejects_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return batches.rejects(request, pk)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return batches.stop(request, pk)

    @admin.display(description="File")
    def name(self, batch: TicketBatch) -> str:
        return f"Batch {batch.pk}"

    @admin.display(description="Uploaded")
    def uploaded(self, batch: TicketBatch) -> SafeString:
        return time_of(batch.opened_at)

    @admin.display(description="State")
    def state(self, batch: TicketBatch) -> SafeString:
        return chip(*state_of(batch))

    @admin.display(description="Opened")
    def opened(self, batch: TicketBatch) -> str:
        return f"{batch.opened:,} of {batch.rows:,} opened"

    @admin.display(description="Rejected")
    def rejected(self, batch: TicketBatch) -> str:
        return f"{batch.rejected:,} rejected"

    def _require_reader(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied
