"""Filters of the entries, made so that an index answers the first page; docs/suppression.md names what has none."""

from django.contrib import admin
from django.utils import timezone

from apps.suppression.models import EntryKind

EXPIRED = "expired"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("blocking", "Blocks"), (EXPIRED, "Expired"), ("lifted", "Lifted")]

    def queryset(self, request, entries):
        now = timezone.now()
        chosen = {
            "blocking": lambda: entries.blocking(now),
            EXPIRED: lambda: entries.live().filter(expires_at__lte=now),
            "lifted": lambda: entries.filter(lifted_at__isnull=False),
        }.get(self.value())
        return chosen() if chosen else entries


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind__exact"

    def lookups(self, request, model_admin):
        return EntryKind.choices

    def queryset(self, request, entries):
        if self.value() not in EntryKind.values:
            return entries
        kind = entries.filter(kind=self.value())
        # Says what follows anyway: SQLite takes an index of some rows only where the question names its condition.
        return kind if self.value() == EntryKind.EMAIL else kind.exclude(kind=EntryKind.EMAIL)
