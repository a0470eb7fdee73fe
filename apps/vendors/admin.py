from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from apps.audit.admin import EvidenceAdmin, chip

from . import views
from .models import VendorAccount
from .services.quota import allowance_of
from .states import state_of


@admin.register(VendorAccount)
class VendorAccountAdmin(EvidenceAdmin):
    """Accounts as the environment states them. Nothing is edited here; an Operator pauses, resumes and checks."""

    list_display = ("name", "vendor", "host", "state", "deletions", "waiting")
    list_select_related = ("paused_by",)
    ordering = ("name",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[VendorAccount]:
        # Erasures belong to an app above this one, so they are counted by the name of the relation alone.
        waiting = Count("erasures", filter=Q(erasures__closed_at=None, erasures__ticket__closed_at=None))
        return super().get_queryset(request).select_related("paused_by").annotate(waiting=waiting)

    def get_urls(self):
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("<int:pk>/<slug:deed>/now/", act, name="vendors_vendoraccount_act"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        account = self.get_object(request, object_id)
        if account is None:
            raise Http404
        if not self.has_view_permission(request, account):
            raise PermissionDenied
        return views.page(request, account, self.admin_site.each_context(request))

    def act_view(self, request: HttpRequest, pk: int, deed: str) -> HttpResponse:
        if deed not in views.DEEDS:
            raise Http404
        return views.act(request, get_object_or_404(VendorAccount, pk=pk), deed)

    @admin.display(description="State")
    def state(self, account: VendorAccount) -> SafeString:
        state = state_of(account, at=timezone.now())
        return chip(state.tone, state.word)

    @admin.display(description="Deletions left of the day")
    def deletions(self, account: VendorAccount) -> str:
        allowance = allowance_of(account, at=timezone.now())
        left = allowance.told
        free_at = allowance.next_at and date_format(timezone.localtime(allowance.next_at), "j M, H:i")
        return f"{left}, next free {free_at}" if free_at else left

    @admin.display(description="Erasures")
    def waiting(self, account: VendorAccount) -> str:
        return f"{account.waiting:,} open"
