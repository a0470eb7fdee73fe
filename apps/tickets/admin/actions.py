"""The acts of the list. Each needs its own right, also where somebody posts its name by hand."""

from django.contrib import admin

from apps.tickets.views import bulk


class TicketActions:
    """Mixin for the ModelAdmin of tickets: one call per act, and the rights that Django checks by name."""

    actions = ("approve", "verify", "hold", "release", "stop", "cancel", "deny")

    @admin.action(description="Approve…", permissions=["approve"])
    def approve(self, request, tickets):
        return self._act(request, tickets, verb="approve", title="Approve tickets")

    @admin.action(description="Verify identity…", permissions=["verify"])
    def verify(self, request, tickets):
        return self._act(request, tickets, verb="verify", title="Verify identities")

    @admin.action(description="Hold…", permissions=["hold"])
    def hold(self, request, tickets):
        return self._act(request, tickets, verb="hold", title="Put tickets on hold")

    @admin.action(description="Release from hold", permissions=["release"])
    def release(self, request, tickets):
        return self._act(request, tickets, verb="release", title="Release tickets")

    @admin.action(description="Stop the rest…", permissions=["stop"])
    def stop(self, request, tickets):
        return self._act(request, tickets, verb="stop", title="Stop what was not sent yet")

    @admin.action(description="Cancel…", permissions=["cancel"])
    def cancel(self, request, tickets):
        return self._act(request, tickets, verb="cancel", title="Cancel tickets")

    @admin.action(description="Deny…", permissions=["deny"])
    def deny(self, request, tickets):
        return self._act(request, tickets, verb="deny", title="Deny tickets")

    def has_approve_permission(self, request):
        return request.user.has_perm("tickets.approve_deletionticket")

    def has_verify_permission(self, request):
        return request.user.has_perm("tickets.verify_deletionticket")

    def has_hold_permission(self, request):
        return request.user.has_perm("tickets.hold_deletionticket")

    def has_release_permission(self, request):
        return request.user.has_perm("tickets.release_deletionticket")

    def has_stop_permission(self, request):
        return request.user.has_perm("tickets.stop_erasure")

    def has_cancel_permission(self, request):
        return request.user.has_perm("tickets.cancel_deletionticket")

    def has_deny_permission(self, request):
        return request.user.has_perm("tickets.deny_deletionticket")

    def _act(self, request, tickets, *, verb, title):
        return bulk.act_on_tickets(request, tickets, self.admin_site.each_context(request), verb=verb, title=title)
