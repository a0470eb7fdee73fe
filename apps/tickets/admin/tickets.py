from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from apps.audit.admin import EvidenceAdmin
from apps.tickets.deadlines import deadline
from apps.tickets.forms.acting import FindForm
from apps.tickets.models import DeletionTicket
from apps.tickets.moments import exact
from apps.tickets.selectors import rows
from apps.tickets.standings import ticket_standing
from apps.tickets.states import CLOSED

from . import filters
from .actions import TicketActions
from .opening import OpeningAdmin
from .pages import TicketPages

NOTHING = "–"


def chips(items):
    """Show words with a tone each; what a chip means stands in its title too."""
    parts = format_html_join(
        "",
        '<span class="cc-chip cc-chip--{}"{}>{}</span>',
        ((item.tone, format_html(' title="{}"', item.hint) if item.hint else "", item.text) for item in items),
    )
    return format_html('<span class="cc-chips">{}</span>', parts) if parts else NOTHING


@admin.register(DeletionTicket)
class DeletionTicketAdmin(OpeningAdmin, TicketPages, TicketActions, EvidenceAdmin):
    """The list of tickets: what is due first stands first. Nothing here edits a row; acts go through services."""

    actions = TicketActions.actions
    change_list_template = "admin/tickets/deletionticket/change_list.html"
    list_display = ("reference", "subject", "state", "due", "vendors")
    list_display_links = ("reference",)
    list_filter = (
        filters.SubjectFilter,
        filters.StateFilter,
        filters.AttentionFilter,
        filters.DueFilter,
        filters.AccountFilter,
        filters.OutcomeFilter,
        "regime",
    )
    list_per_page = 50
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    @admin.display(description="Subject")
    def subject(self, ticket):
        return rows.subject(ticket)

    @admin.display(description="State")
    def state(self, ticket):
        standing = ticket_standing(ticket.status, ticket.resolution)
        return chips([rows.Chip(standing.word, standing.tone), *rows.marks(ticket)])

    @admin.display(description="Due")
    def due(self, ticket):
        due = deadline(ticket, timezone.now())
        left = format_html('<strong class="cc-due--{}">{}</strong> ', due.tone or "calm", due.left) if due.left else ""
        notes = format_html_join("", ' <small class="cc-muted">{}</small>', ((note,) for note in due.notes))
        return format_html(
            '<span title="{}">{}<span class="cc-nowrap">{}</span>{}</span>', exact(due.due_at), left, due.day, notes
        )

    @admin.display(description="Vendors")
    def vendors(self, ticket):
        return chips(rows.vendor_chips(ticket))

    def get_queryset(self, request):
        return rows.with_rows(super().get_queryset(request))

    def get_ordering(self, request):
        """Open tickets: what is due first. Closed ones, or all: the latest first, along the same index."""
        shown = request.GET.get("state", filters.OPEN)
        is_open = shown not in {filters.ALL, *CLOSED} and "subject" not in request.GET
        return ("due_at", "id") if is_open else ("-due_at", "-id")

    def lookup_allowed(self, lookup, value, request):
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"find_form": FindForm(), **(extra_context or {})})
