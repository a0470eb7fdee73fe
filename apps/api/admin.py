from functools import partial

from django.contrib import admin
from django.db.models import Max
from django.urls import path
from django.utils import timezone
from django.utils.formats import localize
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from apps.audit.admin import EvidenceAdmin, chip

from .models import ApiClient, ApiToken
from .views import pages


@admin.register(ApiClient)
class ApiClientAdmin(EvidenceAdmin):
    """Upstream systems that may call the API; each acts as a service user of its own."""

    change_list_template = "admin/api/apiclient/change_list.html"
    change_form_template = "admin/api/apiclient/change_form.html"
    list_display = ("name", "purpose", "created_at", "last_used_at")
    ordering = ("name",)
    sortable_by = ()
    fields = readonly_fields = (*list_display, "acts_as")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(last_used=Max("tokens__last_used_at"))

    @admin.display(description="Last used")
    def last_used_at(self, client):
        return localize(localtime(client.last_used)) if client.last_used else "–"

    @admin.display(description="Acts as")
    def acts_as(self, client):
        return client.user.get_username()

    def get_urls(self):
        wrapped = partial(_wrapped, self.admin_site)
        own = [
            path("add-client/", wrapped(pages.add_client), name="api_add_client"),
            path("<int:pk>/issue/", wrapped(pages.issue_token), name="api_issue_token"),
        ]
        return own + super().get_urls()


@admin.register(ApiToken)
class ApiTokenAdmin(EvidenceAdmin):
    """Tokens by their public id. Only what is revoked or expired is harmless: nothing here can be read again."""

    change_list_template = "admin/labelled_list.html"
    change_form_template = "admin/api/apitoken/change_form.html"
    list_display = ("public_id", "client", "state", "scope_words", "per_minute", "expires_at", "last_used_at")
    list_filter = ("client",)
    list_select_related = ("client",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = readonly_fields = (*list_display, "created_at", "created_by", "revoked_at")

    @admin.display(description="State")
    def state(self, token) -> SafeString:
        if token.revoked_at:
            return chip("idle", "Revoked")
        return chip("good", "Live") if token.is_live(timezone.now()) else chip("idle", "Expired")

    @admin.display(description="May")
    def scope_words(self, token):
        return token.scope_words

    def get_urls(self):
        revoke = _wrapped(self.admin_site, pages.revoke_token)
        return [path("<int:pk>/revoke/", revoke, name="api_revoke_token"), *super().get_urls()]


def _wrapped(site, view):
    return site.admin_view(partial(view, site=site))
