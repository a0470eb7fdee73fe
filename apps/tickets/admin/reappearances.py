from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, When
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from apps.audit.admin import EvidenceAdmin
from apps.tickets.models import Reappearance
from apps.tickets.moments import count, day, exact
from apps.tickets.selectors.losses import is_restored, lost_an_unsubscribe, why_unknown
from apps.tickets.selectors.reappearances import with_memory
from apps.tickets.selectors.returns import TONES
from apps.tickets.views import reappearing

CHIP = '<span class="cc-chip cc-chip--{}">{}</span>'


@admin.register(Reappearance)
class ReappearanceAdmin(EvidenceAdmin):
    """Who was seen again after an erasure: what is to be decided first. Nothing here edits a closed ticket."""

    change_list_template = "admin/tickets/reappearance/change_list.html"
    list_display = ("subject", "state", "ticket", "account", "seen", "lost")
    list_filter = ("status", "account")
    list_select_related = ("ticket", "account", "erasure__identifier", "erasure__before")
    list_per_page = 50
    ordering = (Case(When(status=Reappearance.Status.OPEN, then=0), default=1), "-first_seen_at", "-pk")
    sortable_by = ()

    @admin.display(description="Subject")
    def subject(self, row):
        return row.erasure.identifier.masked

    @admin.display(description="State")
    def state(self, row):
        return format_html(CHIP, TONES[row.status], row.get_status_display())

    @admin.display(description="First seen")
    def seen(self, row):
        after = f"{count(row.days_after, 'day')} after"
        return format_html('<span title="{}">{}, {}</span>', exact(row.first_seen_at), after, day(row.first_seen_at))

    @admin.display(description="Lost")
    def lost(self, row):
        if is_restored(row):
            return format_html(CHIP, "good", "Restored")
        if lost_an_unsubscribe(row, remembered=row.remembered):
            return format_html(CHIP, "bad", "Unsubscribe state")
        unknown = why_unknown(row, remembered=row.remembered)
        return format_html('<span class="cc-muted" title="{}">Not known</span>', unknown) if unknown else "–"

    def get_queryset(self, request):
        return with_memory(super().get_queryset(request)).prefetch_related("subscriber_acts")

    def get_urls(self):
        evidence = path("<int:pk>/evidence/", self._guarded(self.evidence_view), name="tickets_reappearance_evidence")
        again = path(
            "search-again/<int:pk>/", self._guarded(self.search_view), name="tickets_reappearance_search-again"
        )
        return [evidence, again, *(self._deed(verb) for verb in reappearing.FORMS), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().changelist_view(request, reappearing.lines(request) | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        self._require_reader(request)
        if not object_id.isdecimal():
            raise Http404("There is no such reappearance.")
        return require_GET(self._show)(request, int(object_id))

    def evidence_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._require_reader(request)
        return reappearing.open_evidence(request, pk, self.admin_site.each_context(request))

    def search_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._require_reader(request)
        return reappearing.search_again(request, pk)

    def decide_view(self, request: HttpRequest, pk: int, *, verb: str) -> HttpResponse:
        self._require_reader(request)
        return reappearing.decide(request, pk, self.admin_site.each_context(request), verb=verb)

    def _show(self, request: HttpRequest, pk: int) -> HttpResponse:
        return reappearing.show(request, pk, self.admin_site.each_context(request))

    def _require_reader(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _deed(self, verb: str):
        view = self._guarded(partial(self.decide_view, verb=verb))
        return path(f"<int:pk>/{verb}/", view, name=f"tickets_reappearance_{verb}")

    def _guarded(self, view):
        return self.admin_site.admin_view(require_POST(view))
