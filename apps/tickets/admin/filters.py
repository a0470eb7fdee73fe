"""The filters of the ticket list. Each is a question of the daily work, and no other look-up is allowed."""

from datetime import timedelta
from typing import ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.tickets.meanings import vendor_label
from apps.tickets.models import Erasure
from apps.tickets.selectors.figures import late_by_forecast
from apps.tickets.selectors.sought import recall, tickets_of
from apps.tickets.states import AT_THE_VENDORS, TicketStatus
from apps.vendors.models import VendorAccount

OPEN = "open"
ALL = "all"
SENT = "at_the_vendors"


def with_erasure(tickets, condition):
    """Keep the tickets that have at least one such erasure, without joining rows twice."""
    return tickets.filter(Exists(Erasure.objects.filter(condition, ticket=OuterRef("pk"))))


class StateFilter(admin.SimpleListFilter):
    """Open tickets unless asked otherwise; a person, a batch or an outcome shows all of theirs."""

    title = "state"
    parameter_name = "state"

    def __init__(self, request, *args):
        whole = {"subject", "batch__id__exact", "outcome"} & request.GET.keys()
        self._usual = ALL if whole else OPEN
        super().__init__(request, *args)

    def value(self):
        return super().value() or self._usual

    def lookups(self, request, model_admin):
        return [(OPEN, "Open"), (ALL, "All"), *TicketStatus.choices, (SENT, "Sent or being checked")]

    def queryset(self, request, queryset):
        if self.value() in TicketStatus.values:
            return queryset.filter(status=self.value())
        if self.value() == SENT:
            return queryset.filter(status__in=AT_THE_VENDORS)
        return queryset if self.value() == ALL else queryset.filter(closed_at=None)

    def choices(self, changelist):
        """Leave out Django's own "All", which would mean "as usual"."""
        return list(super().choices(changelist))[1:]


class AttentionFilter(admin.SimpleListFilter):
    title = "needs attention"
    parameter_name = "attention"

    def lookups(self, request, model_admin):
        return [("yes", "Yes")]

    def queryset(self, request, queryset):
        needy = Q(closed_at=None) & ~Q(attention="")
        return with_erasure(queryset, needy) if self.value() else queryset


class DueFilter(admin.SimpleListFilter):
    title = "due"
    parameter_name = "due"

    def lookups(self, request, model_admin):
        return [("overdue", "Overdue"), ("late", "Late by forecast"), ("week", "Within 7 days")]

    def queryset(self, request, queryset):
        now = timezone.now()
        if self.value() == "overdue":
            return queryset.overdue(now)
        if self.value() == "late":
            return queryset.filter(pk__in=late_by_forecast(now).values("pk"))
        if self.value() == "week":
            return queryset.open().filter(due_at__gte=now, due_at__lte=now + timedelta(days=7))
        return queryset


class AccountFilter(admin.SimpleListFilter):
    title = "vendor account"
    parameter_name = "account"

    def lookups(self, request, model_admin):
        accounts = VendorAccount.objects.order_by("name")
        return [(account.name, f"{vendor_label(account.vendor)} ({account.name})") for account in accounts]

    def queryset(self, request, queryset):
        return with_erasure(queryset, Q(account__name=self.value())) if self.value() else queryset


class OutcomeFilter(admin.SimpleListFilter):
    """What a vendor answered last, to any erasure of the ticket."""

    title = "outcome"
    parameter_name = "outcome"
    _CODES: ClassVar = {
        "accepted": Q(last_http_status__in=[200, 202]),
        "404": Q(last_http_status=404),
        "422": Q(last_http_status=422),
    }

    def lookups(self, request, model_admin):
        return [
            ("accepted", "202 (200 at Blueshift)"),
            ("404", "404"),
            ("422", "422"),
            ("other", "Other"),
            ("none", "None yet"),
        ]

    def queryset(self, request, queryset):
        if self.value() in self._CODES:
            return with_erasure(queryset, self._CODES[self.value()])
        if self.value() == "other":
            known = Q(last_http_status__in=[200, 202, 404, 422])
            return with_erasure(queryset, ~Q(last_outcome="") & (~known | Q(last_http_status=None)))
        if self.value() == "none":
            return queryset.exclude(Exists(Erasure.objects.filter(~Q(last_outcome=""), ticket=OuterRef("pk"))))
        return queryset


class SubjectFilter(admin.SimpleListFilter):
    """The tickets of one person, under a token that only this session knows."""

    title = "person looked up"
    parameter_name = "subject"

    def lookups(self, request, model_admin):
        token = request.GET.get(self.parameter_name)
        sought = recall(request.session, token or "")
        return [(token, sought.masked if sought else "this look-up has ended")] if token else []

    def queryset(self, request, queryset):
        sought = recall(request.session, self.value() or "")
        if sought is None:
            return queryset.none() if self.value() else queryset
        return queryset.filter(pk__in=tickets_of(sought).values("pk"))
