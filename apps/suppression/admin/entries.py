from functools import partial, update_wrapper

from django.contrib import admin
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join

from apps.audit.admin import EvidenceAdmin, chip
from apps.suppression import views
from apps.suppression.forms import CheckForm, LiftForm
from apps.suppression.models import SuppressionEntry
from apps.suppression.selectors import others_that_block

from .filters import EXPIRED, KindFilter, StateFilter
from .paging import CappedPaginator


@admin.register(SuppressionEntry)
class SuppressionEntryAdmin(EvidenceAdmin):
    """Who is on the lists, masked; the box that answers whether an address would be blocked; add, import and lift."""

    change_list_template = "admin/suppression/suppressionentry/change_list.html"
    change_form_template = "admin/suppression/suppressionentry/change_form.html"
    list_display = ("masked", "kind", "list", "state", "created_at")
    list_filter = ("list", StateFilter, KindFilter)
    paginator = CappedPaginator
    list_select_related = ("list",)
    ordering = ("-pk",)
    sortable_by = ()
    fields = readonly_fields = (
        *list_display,
        "expires_at",
        "matches",
        "last_match_at",
        "lifted_at",
        "lift_reason",
        "lifted_by",
        "supported_by",
        "unsubscribed",
    )

    def get_ordering(self, request):
        """Show the newest first; of those that expired, the latest, which is the order of their index."""
        return ("-expires_at", "-pk") if request.GET.get("state") == EXPIRED else self.ordering

    @admin.display(description="State")
    def state(self, entry):
        if not entry.is_live:
            return chip("idle", "Lifted")
        if entry.expires_at and entry.expires_at <= timezone.now():
            return chip("idle", "Expired")
        return chip("good", "Blocks")

    @admin.display(description="Because of")
    def supported_by(self, entry):
        made_by = [entry.source_import] if entry.source_import else []
        words = {source: f"Import: {source}" for source in made_by}
        sources = [*made_by, *entry.sources.order_by("added_at", "pk")]
        lines = ((words.get(source, source), " (withdrawn)" if source.withdrawn_at else "") for source in sources)
        return format_html_join("", "<div>{}{}</div>", lines)

    @admin.display(description="Unsubscribed before the deletion")
    def unsubscribed(self, entry):
        rows = entry.unsubscribes.select_related("account").order_by("since", "pk")
        told = ((row.account.name, date_format(timezone.localtime(row.since), "j M Y")) for row in rows)
        return format_html_join("", "<div>At {}, since {} at the latest</div>", told) or "Not known"

    def get_urls(self):
        own = [
            path("check/", self._wrapped(views.check), name="suppression_check"),
            path("suppress/", self._wrapped(views.suppress), name="suppression_suppress"),
            path("import/", self._wrapped(views.import_file), name="suppression_import"),
            path("<int:pk>/lift/", self._wrapped(views.lift), name="suppression_lift"),
            path("<int:pk>/evidence/", self._wrapped(views.evidence), name="suppression_evidence"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"check_form": CheckForm(), **(extra_context or {})})

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        others = list(others_that_block(obj, timezone.now()))
        context |= {"lift_form": LiftForm(), "others": others}
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def _wrapped(self, view):
        # With the view's own marks: an upload says where its file goes before the check for forgery reads the body.
        return self.admin_site.admin_view(update_wrapper(partial(view, site=self.admin_site), view))
