"""Open one ticket by form: ask what is known already, then save."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.errors import TicketError
from apps.tickets.forms.opening import ClockForm, IdentifiersForm, OpeningForm
from apps.tickets.models import DeletionTicket
from apps.tickets.selectors.findings import Findings, find_earlier
from apps.tickets.services.opening import open_ticket
from apps.tickets.states import TicketStatus

Chrome = dict[str, Any]


def open_form(request: HttpRequest, chrome: Chrome) -> HttpResponse:
    """Show the form, or open the ticket; what is known already is shown once, to be confirmed."""
    now = timezone.now()
    form = OpeningForm(request.POST if request.method == "POST" else None)
    findings = Findings()
    if form.is_valid():
        findings = find_earlier(form.identifiers, at=now)
        ticket = _open(request, form) if form.is_confirmed(findings) else None
        if ticket:
            return _show(request, ticket)
    context = chrome | {"form": form, "findings": findings, "due_at": form.due_at(now), "title": "Open a ticket"}
    return TemplateResponse(request, "admin/tickets/open.html", context)


def answer_check(request: HttpRequest) -> HttpResponse:
    """Answer what is known about the identifiers typed so far; they come by POST and enter no address."""
    form = IdentifiersForm(request.POST)
    form.is_valid()
    context = {"form": form, "findings": find_earlier(form.identifiers, at=timezone.now())}
    return TemplateResponse(request, "admin/tickets/open_check.html", context)


def answer_due(request: HttpRequest) -> HttpResponse:
    """Answer which due date the chosen regime and date of receipt give."""
    context = {"due_at": ClockForm(request.POST).due_at(timezone.now())}
    return TemplateResponse(request, "admin/tickets/open_due.html", context)


def _open(request: HttpRequest, form: OpeningForm) -> DeletionTicket | None:
    try:
        return open_ticket(form.request(), by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except TicketError as refusal:
        form.add_error(None, str(refusal))
    return None


def _show(request: HttpRequest, ticket: DeletionTicket) -> HttpResponse:
    waits = ticket.status == TicketStatus.AWAITING_IDENTITY
    step = "It waits for the identity check." if waits else "Somebody else approves it now."
    messages.success(request, f"{ticket.reference} is open. {step}")
    return redirect("admin:tickets_deletionticket_change", ticket.pk)
