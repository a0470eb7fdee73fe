from datetime import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from apps.audit.actors import NAMES, Actor, NotAllowed
from apps.audit.admin import EvidenceAdmin, chip
from apps.tickets.admin.tickets import DeletionTicketAdmin
from apps.tickets.models import DeletionTicket
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.moments import exact
from apps.tickets.selectors.pages import load_ticket

from . import services
from .columns import COLUMNS
from .formats import Format
from .forms import ReconstructionForm, ReportForm, last_month
from .models import AuditReport
from .orders import Order


def moment(at: datetime) -> SafeString:
    """Show local time, with the zone where the pointer rests."""
    return format_html('<span title="{}">{}</span>', exact(at), date_format(timezone.localtime(at), "j M Y H:i"))


@admin.register(AuditReport)
class AuditReportAdmin(EvidenceAdmin):
    """Every export that was made, and the page that makes one."""

    list_display = ("reference", "maker", "started", "about", "size", "as_format", "progress")
    list_filter = ("state", "as_format", "started_at")
    list_select_related = ("made_by",)
    ordering = ("-started_at", "-pk")
    sortable_by = ()
    fields = readonly_fields = (
        *("reference", "progress", "maker", "via", "started", "finished", "about"),
        *("as_format", "row_format", "with_masks", "size", "sha256"),
    )

    @admin.display(description="Report")
    def reference(self, report):
        return report.reference

    @admin.display(description="Made by")
    def maker(self, report):
        return report.made_by.get_username() if report.made_by else NAMES[report.via]

    @admin.display(description="Started")
    def started(self, report):
        return moment(report.started_at)

    @admin.display(description="Finished")
    def finished(self, report):
        return report.finished_at and moment(report.finished_at)

    @admin.display(description="About tickets")
    def about(self, report):
        if not report.moment:
            return "Picked by hand"
        return f"{report.get_moment_display()} {report.first_date} to {report.last_date}"

    @admin.display(description="Size")
    def size(self, report):
        is_finished = report.state == AuditReport.State.FINISHED
        return f"Tickets: {report.tickets}, rows: {report.rows}" if is_finished else None

    @admin.display(description="State")
    def progress(self, report):
        tone = "good" if report.state == AuditReport.State.FINISHED else "warn"
        return chip(tone, report.get_state_display())

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(services.EXPORT)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"may_export": self.has_export_permission(request)})

    def get_urls(self):
        make = self.admin_site.admin_view(self.make)
        return [path("make/", make, name="reports_auditreport_make"), *super().get_urls()]

    def make(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for a period; a valid answer is the file itself."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = ReportForm(request.POST or None, initial=last_month(timezone.localdate()))
        if form.is_valid():
            return _download(services.export_period(form.order, by=Actor.page(request.user), clock=timezone.now))
        context = {
            **self.admin_site.each_context(request),
            "title": "Make an audit report",
            "opts": self.opts,
            "form": form,
            "columns": len(COLUMNS),
            "zone": timezone.get_current_timezone_name(),
        }
        return TemplateResponse(request, "admin/reports/auditreport/make.html", context)


class ReportedTicketAdmin(DeletionTicketAdmin):
    """Tickets with one action more on the list, and one download on the page.

    An action of the whole site would show on every list there is.
    """

    actions = (*(DeletionTicketAdmin.actions or ()), "export_report")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(services.EXPORT)

    def chrome(self, request: HttpRequest) -> dict[str, object]:
        may = request.user.has_perm(services.RECONSTRUCT)
        return super().chrome(request) | {"more_aside": ["admin/reports/reconstruction.html"] if may else []}

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.reconstruction_view))
        name = "tickets_deletionticket_reconstruction"
        return [path("<int:pk>/reconstruction/", view, name=name), *super().get_urls()]

    def reconstruction_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the whole story of one ticket as a file; the reference names it, and nothing personal does."""
        ticket = load_ticket(pk) if self.has_view_permission(request) else None
        if ticket is None:
            raise Http404("There is no such ticket.")
        wish = ReconstructionForm(request.POST)
        wish.full_clean()
        try:
            content = services.reconstruct(ticket, **wish.cleaned_data, by=Actor.page(request.user), at=timezone.now())
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        attachment = {"Content-Disposition": f'attachment; filename="{ticket.reference}.json"'}
        return HttpResponse(content, content_type="application/json", headers=attachment)

    @admin.action(description="Download an audit report", permissions=["export"])
    def export_report(self, request: HttpRequest, tickets: DeletionTicketQuerySet) -> StreamingHttpResponse:
        return _download(services.export_tickets(tickets, Order(), by=Actor.page(request.user), clock=timezone.now))


admin.site.unregister(DeletionTicket)
admin.site.register(DeletionTicket, ReportedTicketAdmin)


def _download(export: services.Export) -> StreamingHttpResponse:
    report = export.report
    return StreamingHttpResponse(
        export.chunks,
        content_type=Format(report.as_format).content_type,
        headers={"Content-Disposition": f'attachment; filename="{report.file_name}"'},
    )
