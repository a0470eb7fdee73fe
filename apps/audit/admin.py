from collections.abc import Mapping
from datetime import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST

from apps.privacy.vault import VaultError

from . import services
from .actors import Actor, NotAllowed
from .models import AuditEvent, AuditSnapshot

# What Django's own filters append to a field. Anything more would let a hidden column be guessed letter by letter.
FILTER_LOOKUPS = frozenset({"exact", "id__exact", "isnull", "gte", "lt"})
# The first word of every action that is recorded; a test holds the code to it.
ABOUT = (
    "account",
    "api",
    "attempt",
    "batch",
    "erasure",
    "ledger",
    "reappearance",
    "report",
    "snapshot",
    "staff",
    "subscriber",
    "suppression",
    "ticket",
)


def facts(pairs: Mapping[str, object]) -> SafeString:
    """Show names and values as a list, escaped."""
    rows = format_html_join("", "<dt>{}</dt><dd>{}</dd>", pairs.items())
    return format_html('<dl class="cc-facts">{}</dl>', rows)


def chip(tone: str, words: str) -> SafeString:
    """Show a state in a word, in its tone (docs/design-language.md)."""
    return format_html('<span class="cc-chip cc-chip--{}">{}</span>', tone, words)


def time_of(at: datetime) -> SafeString:
    """Show a moment to the minute, with the exact one behind it."""
    moment = localtime(at)
    return format_html(
        '<time datetime="{0}" title="{0}">{1}</time>', moment.isoformat(), date_format(moment, "j M Y, H:i")
    )


class EvidenceAdmin(admin.ModelAdmin):
    """Pages that show rows and let nobody add, change or delete one, superusers included."""

    actions = None
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "admin/audit/evidence.html"

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def lookup_allowed(self, lookup, value, request):
        """Take the names in list_filter only; Django would take every column of the row."""
        names = [_parameter(item) for item in self.list_filter]
        return any(lookup == name or lookup in {f"{name}__{way}" for way in FILTER_LOOKUPS} for name in names)


def _parameter(item):
    """Return the name that a filter puts into the address line: of a field, a pair of field and class, or a class."""
    if isinstance(item, tuple):
        return item[0]
    return item if isinstance(item, str) else item.parameter_name


class AboutFilter(admin.SimpleListFilter):
    """Filter by what an action is about: the names are known, so no page reads the whole ledger to find them."""

    title = "what it is about"
    parameter_name = "about"

    def lookups(self, request, model_admin):
        return [(name, name.capitalize()) for name in ABOUT]

    def queryset(self, request, queryset):
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() in ABOUT else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(EvidenceAdmin):
    """The ledger, newest first."""

    list_display = ("seq", "time", "action", "subject", "actor")
    list_filter = (AboutFilter,)
    ordering = ("-seq",)
    sortable_by = ("seq",)
    fields = readonly_fields = ("seq", "time", "action", "subject", "actor", "details", "chain")

    @admin.display(description="Time")
    def time(self, event):
        return date_format(localtime(event.at), "j M Y H:i:s")

    @admin.display(description="Details")
    def details(self, event):
        try:
            entry = event.entry
        except ValueError:
            return "The stored bytes cannot be read. Run verify_ledger."
        came_by = {name: entry[name] for name in ("via", "host", "os_user") if entry.get(name)}
        return facts({**entry["facts"], **came_by})

    @admin.display(description="Chain")
    def chain(self, event):
        return facts({"Before": bytes(event.prev).hex(), "This": bytes(event.link).hex()})


@admin.register(AuditSnapshot)
class AuditSnapshotAdmin(EvidenceAdmin):
    """What vendors held. The contents open by a button, and each opening is an event."""

    change_form_template = "admin/audit/auditsnapshot/change_form.html"
    list_display = ("subject", "moment", "taken_at", "found", "unsubscribed", "readable")
    list_filter = ("moment", "unsubscribed")
    ordering = ("-taken_at", "-pk")
    list_select_related = ("key",)
    fields = readonly_fields = (*list_display, "destroyed", "uuids", "answer_digest")

    @admin.display(description="Profiles", empty_value="–")
    def found(self, snapshot):
        return snapshot.profiles if snapshot.is_readable else None

    @admin.display(description="Contents destroyed", empty_value="–")
    def destroyed(self, snapshot):
        at = snapshot.key.shredded_at
        return at and date_format(localtime(at), "j M Y H:i")

    @admin.display(description="Readable", boolean=True)
    def readable(self, snapshot):
        return snapshot.is_readable

    @admin.display(description="Vendor uuids")
    def uuids(self, snapshot):
        return ", ".join(snapshot.vendor_uuids)

    @admin.display(description="SHA-256 of the answer")
    def answer_digest(self, snapshot):
        return bytes(snapshot.digest).hex()

    def get_urls(self):
        contents = self.admin_site.admin_view(require_POST(self.show_contents))
        return [path("<int:pk>/contents/", contents, name="audit_auditsnapshot_contents"), *super().get_urls()]

    def show_contents(self, request: HttpRequest, pk: int) -> TemplateResponse:
        snapshot = get_object_or_404(AuditSnapshot, pk=pk)
        context = {**self.admin_site.each_context(request), "title": str(snapshot), "snapshot": snapshot}
        try:
            contents = services.open_snapshot(snapshot, by=Actor.page(request.user), at=timezone.now())
            context["profiles"] = [(profile, facts(profile["fields"])) for profile in contents["profiles"]]
            context["raw"] = contents.get("raw", "")
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except VaultError as refusal:
            context["refusal"] = str(refusal)
        return TemplateResponse(request, "admin/audit/auditsnapshot/contents.html", context)
