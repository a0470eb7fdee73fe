"""Addresses of the ticket page: it is read by GET, and everything else is a POST of its own."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from apps.tickets.views import acting, deeds, finding, page


class TicketPages:
    """Mixin for the ModelAdmin of tickets, in place of Django's own form for a row.

    ``chrome`` is what every page of a ticket starts from. An app above adds templates for the column beside the cards
    under ``more_aside``, so that tickets need not know it.
    """

    def chrome(self, request):
        return self.admin_site.each_context(request)

    def get_urls(self):
        return [
            self._path("find/", require_POST(self.find_view), "find"),
            self._path("<int:pk>/live/", require_GET(self.live_view), "live"),
            self._path("<int:pk>/identifiers/", require_POST(self.identifiers_view), "identifiers"),
            *(self._ticket_path(verb) for verb in (*deeds.ON_TICKETS, *deeds.ON_TICKET, deeds.REOPEN)),
            *(self._erasure_path(verb) for verb in (*deeds.ON_ERASURE, deeds.CORRECT)),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        self._require_view(request)
        if not object_id.isdecimal():
            raise Http404("There is no such ticket.")
        return require_GET(self._show)(request, int(object_id))

    def live_view(self, request, pk):
        self._require_view(request)
        return page.show_live(request, pk)

    def find_view(self, request):
        self._require_view(request)
        return finding.find(request)

    def identifiers_view(self, request, pk):
        self._require_view(request)
        return acting.show_identifiers(request, pk, self.chrome(request))

    def ticket_act_view(self, request, pk, *, verb):
        self._require_view(request)
        return acting.act_on_ticket(request, pk, self.chrome(request), verb=verb)

    def erasure_act_view(self, request, pk, erasure_pk, *, verb):
        self._require_view(request)
        return acting.act_on_erasure(request, pk, erasure_pk, self.chrome(request), verb=verb)

    def _show(self, request, pk):
        return page.show(request, pk, self.chrome(request))

    def _require_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _ticket_path(self, verb):
        return self._path(f"<int:pk>/{verb}/", require_POST(partial(self.ticket_act_view, verb=verb)), verb)

    def _erasure_path(self, verb):
        view = require_POST(partial(self.erasure_act_view, verb=verb))
        return self._path(f"<int:pk>/erasures/<int:erasure_pk>/{verb}/", view, verb)

    def _path(self, route, view, name):
        return path(route, self.admin_site.admin_view(view), name=f"tickets_deletionticket_{name}")
