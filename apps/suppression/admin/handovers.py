from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.audit.actors import NAMES, Actor, NotAllowed
from apps.audit.admin import EvidenceAdmin, chip
from apps.privacy.vault import VaultError
from apps.suppression import services
from apps.suppression.errors import SuppressionError
from apps.suppression.forms import HandoverForm
from apps.suppression.models import SuppressionHandover

STARTED = SuppressionHandover.State.STARTED


@admin.register(SuppressionHandover)
class SuppressionHandoverAdmin(EvidenceAdmin):
    """Every file that left for another system, and the page that makes one."""

    change_form_template = "admin/suppression/suppressionhandover/change_form.html"
    list_display = (
        "reference",
        "recipient",
        "recipient_kind",
        "list_name",
        "purpose",
        "progress",
        "rows",
        "started_at",
    )
    list_filter = ("state", "recipient_kind")
    list_select_related = ("list",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = readonly_fields = (
        *("reference", "progress", "maker", "via", "started_at", "finished_at", "recipient", "recipient_kind"),
        *("list_name", "purpose", "form", "rows", "left_out", "sha256", "signature", "public_key"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(services.HAND_OVER)

    def get_urls(self):
        pages = [
            ("<int:pk>/manifest.json", require_GET(self.manifest), "manifest"),
            ("<int:pk>/statement/", require_POST(self.statement), "statement"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"suppression_suppressionhandover_{name}")
            for route, view, name in pages
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None) -> HttpResponseBase:
        """Ask who gets what and why; a valid answer is the file itself."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = HandoverForm(request.POST or None)
        if form.is_valid() and (handing := _handed_over(form, request)):
            return _download(handing)
        return self._page(request, "hand_over", {"title": "Hand a list over", "form": form})

    def manifest(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the digest and the signature of a file that has left."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        handover = get_object_or_404(SuppressionHandover.objects.select_related("list"), pk=pk)
        if handover.state == STARTED:
            raise Http404("This file was not read to its end, so it has no digest.")
        attachment = {"Content-Disposition": f'attachment; filename="{handover.file_name}.manifest.json"'}
        return JsonResponse(services.manifest_of(handover), json_dumps_params={"indent": 2}, headers=attachment)

    def statement(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show once why it was handed over; that it was read is an event."""
        handover = get_object_or_404(SuppressionHandover.objects.select_related("statement_key"), pk=pk)
        try:
            text = services.open_statement(handover, by=Actor.page(request.user), at=timezone.now())
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except VaultError as refusal:
            text = str(refusal)
        context = {"title": "Why it was handed over", "handover": handover, "text": text}
        return self._page(request, "statement", context)

    @admin.display(description="Handover")
    def reference(self, handover):
        return handover.reference

    @admin.display(description="List")
    def list_name(self, handover):
        return handover.list_name

    @admin.display(description="Made by")
    def maker(self, handover):
        return handover.made_by.get_username() if handover.made_by else NAMES[handover.via]

    @admin.display(description="State")
    def progress(self, handover):
        tone = "warn" if handover.state == STARTED else "good"
        return chip(tone, handover.get_state_display())

    def _page(self, request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
        everywhere = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/suppression/{name}.html", {**everywhere, **context})


def _handed_over(form: HandoverForm, request: HttpRequest) -> services.Handing | None:
    try:
        return services.hand_over(form.order, by=Actor.page(request.user), clock=timezone.now)
    except SuppressionError as refusal:
        form.add_error(None, str(refusal))
        return None


def _download(handing: services.Handing) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        handing.chunks,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{handing.handover.file_name}"'},
    )
