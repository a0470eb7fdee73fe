from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.admin import EvidenceAdmin
from apps.tickets.admin.tickets import DeletionTicketAdmin
from apps.tickets.models import DeletionTicket
from apps.tickets.models.ticket import DeletionTicketQuerySet

from . import services
from .columns import COLUMNS
from .formats import Format
from .forms import ReportForm, last_month
from .models import AuditReport
from .orders import Order


@admin.register(AuditReport)
class AuditReportAdmin(EvidenceAdmin):
    """Every export that was made, and the page that makes one."""

    list_display = ("reference", "made_by", "started_at", "period", "as_format", "tickets", "rows", "state")
    list_filter = ("state", "as_format", "started_at")
    list_select_related = ("made_by",)
    ordering = ("-started_at", "-pk")
    fields = readonly_fields = (
        *("reference", "state", "made_by", "via", "started_at", "finished_at", "period"),
        *("as_format", "row_format", "with_masks", "tickets", "rows", "sha256"),
    )

    @admin.display(description="Report")
    def reference(self, report):
        return report.reference

    @admin.display(description="Tickets")
    def period(self, report):
        if not report.moment:
            return "Picked by hand"
        return f"{report.get_moment_display()} {report.first_date} to {report.last_date}"

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
    """The list of tickets with one action more; an action of the whole site would show on every list there is."""

    actions = (*(DeletionTicketAdmin.actions or ()), "export_report")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(services.EXPORT)

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
