from django.contrib import admin

from apps.audit.admin import EvidenceAdmin
from apps.tickets.models import DeletionTicket

from .opening import OpeningAdmin


@admin.register(DeletionTicket)
class DeletionTicketAdmin(OpeningAdmin, EvidenceAdmin):
    list_display = ("reference", "status", "due_at")
    list_filter = ("status", "batch")
    fields = readonly_fields = ("reference", "status", "resolution", "due_at")
