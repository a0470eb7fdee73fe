from django.contrib import admin
from django.forms import CheckboxSelectMultiple
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from apps.audit.actors import Actor
from apps.audit.admin import EvidenceAdmin, chip
from apps.suppression import services, views
from apps.suppression.forms import DescribeForm
from apps.suppression.models import SuppressionList
from apps.suppression.selectors import where_it_blocks


@admin.register(SuppressionList)
class SuppressionListAdmin(EvidenceAdmin):
    """The lists, and what each is for. One is made by whatever first puts somebody on it, and is never deleted."""

    change_list_template = "admin/suppression/suppressionlist/change_list.html"
    change_form_template = "admin/suppression/suppressionlist/change_form.html"
    form = DescribeForm
    list_display = ("title", "name", "purpose", "where", "legal_basis", "expiry", "review", "entries")
    ordering = ("name",)
    sortable_by = ()
    readonly_fields = ("name", "created_at", "review", "entries")
    fields = (
        "name",
        "title",
        "purpose",
        "everywhere",
        "accounts",
        "entries_expire_after_days",
        "legal_basis",
        "review_date",
        "review",
        "created_at",
        "entries",
    )

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm(services.DESCRIBE)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("accounts")

    def formfield_for_manytomany(self, db_field, request, **options):
        return super().formfield_for_manytomany(db_field, request, **options, widget=CheckboxSelectMultiple)

    def save_model(self, request, obj, form, change):
        services.describe_list(obj, form.description(), by=Actor.page(request.user), at=timezone.now())

    def save_related(self, request, form, formsets, change):
        """Leave the accounts alone: the service has written them."""

    @admin.display(description="Blocks")
    def where(self, suppression_list):
        return where_it_blocks(suppression_list)

    @admin.display(description="New entries expire")
    def expiry(self, suppression_list):
        days = suppression_list.entries_expire_after_days
        return "never" if days is None else f"after {days:,} days"

    @admin.display(description="Review")
    def review(self, suppression_list):
        due = suppression_list.review_date
        if due is None:
            return "No date set"
        overdue = suppression_list.is_review_overdue(timezone.localdate())
        tone, word = ("warn", "Overdue since") if overdue else ("idle", "Due on")
        return chip(tone, f"{word} {date_format(due, 'j M Y')}")

    @admin.display(description="Entries")
    def entries(self, suppression_list):
        url = reverse(views.LIST, query={"list__id__exact": suppression_list.pk})
        return format_html('<a href="{}">Show entries</a>', url)
