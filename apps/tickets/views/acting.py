"""Where the buttons of a ticket page lead: a form is read, one service is called, its answer is told."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from apps.audit.actors import Actor, NotAllowed
from apps.privacy.vault import VaultError
from apps.tickets.acts import CHOOSE
from apps.tickets.errors import TicketError
from apps.tickets.forms.acting import CorrectForm, ReopenForm
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.pages import in_clear
from apps.tickets.selectors.reopening import request_again
from apps.tickets.services import deciding, handling

from .deeds import CORRECT, ON_ERASURE, ON_TICKET, ON_TICKETS, REOPEN, Deed
from .page import URL, Chrome, auto_id, choosing_options, find_ticket, reopening_options, show

Done = Callable[[forms.Form], str]


def act_on_ticket(request: HttpRequest, pk: int, chrome: Chrome, *, verb: str) -> HttpResponse:
    """Do what a button of the whole ticket says."""
    ticket = find_ticket(pk)
    if verb == REOPEN:
        form = ReopenForm(request.POST, **reopening_options(ticket), auto_id=auto_id(verb))
        return _answer(request, ticket, chrome, (verb, None), form, lambda: _reopen(request, ticket, form))
    deed = ON_TICKETS.get(verb) or ON_TICKET[verb]
    form = deed.form(request.POST, auto_id=auto_id(verb))
    run = _on_tickets if verb in ON_TICKETS else _on_one
    return _answer(request, ticket, chrome, (verb, None), form, lambda: run(request, ticket, deed, form))


def act_on_erasure(request: HttpRequest, pk: int, erasure_pk: int, chrome: Chrome, *, verb: str) -> HttpResponse:
    """Do what a button of one card says."""
    ticket = find_ticket(pk)
    erasure = _find_erasure(ticket, erasure_pk)
    label = auto_id(verb, erasure.pk)
    if verb == CORRECT:
        form = CorrectForm(request.POST, kind=erasure.kind, **reopening_options(ticket), auto_id=label)
        return _answer(request, ticket, chrome, (verb, erasure.pk), form, lambda: _reopen(request, ticket, form))
    deed, options = ON_ERASURE[verb], choosing_options(erasure) if verb == CHOOSE else {}
    form = deed.form(request.POST, **options, auto_id=label)
    return _answer(request, ticket, chrome, (verb, erasure.pk), form, lambda: _on_one(request, erasure, deed, form))


def show_identifiers(request: HttpRequest, pk: int, chrome: Chrome) -> HttpResponse:
    """Render the page with identifiers, note and request in clear, once; that somebody saw them is an event."""
    ticket = find_ticket(pk)
    try:
        shown = in_clear(ticket)
        deciding.show_identifiers(ticket=ticket, by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    except VaultError as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{URL}_change", ticket.pk)
    return show(request, pk, chrome, shown=shown)


def _answer(
    request: HttpRequest,
    ticket: DeletionTicket,
    chrome: Chrome,
    place: tuple[str, int | None],
    form: forms.Form,
    run: Callable[[], int],
) -> HttpResponse:
    """Show the form again where it is incomplete; else run, and lead to the ticket that ``run`` names."""
    if not form.is_valid():
        return show(request, ticket.pk, chrome, bound={place: form})
    try:
        goal = run()
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    except (TicketError, VaultError) as refusal:
        messages.error(request, str(refusal))
        goal = ticket.pk
    return redirect(f"{URL}_change", goal)


def _on_tickets(request: HttpRequest, ticket: DeletionTicket, deed: Deed, form: forms.Form) -> int:
    tickets = DeletionTicket.objects.filter(pk=ticket.pk)
    refusals = deed.service(tickets, **form.cleaned_data, by=Actor.page(request.user), at=timezone.now())
    for refusal in refusals:
        messages.error(request, f"{refusal}.")
    if not refusals:
        messages.success(request, deed.done)
    return ticket.pk


def _on_one(request: HttpRequest, row: DeletionTicket | Erasure, deed: Deed, form: forms.Form) -> int:
    deed.service(row, **form.cleaned_data, by=Actor.page(request.user), at=timezone.now())
    messages.success(request, deed.done)
    return row.ticket_id if isinstance(row, Erasure) else row.pk


def _reopen(request: HttpRequest, ticket: DeletionTicket, form: ReopenForm) -> int:
    basis = form.cleaned_data.get("identity_basis", "")
    again = request_again(ticket, corrected=form.corrected, identity_basis=basis)
    successor = handling.reopen(ticket, again, by=Actor.page(request.user), at=timezone.now())
    messages.success(request, f"{successor.reference} is open in place of {ticket.reference}, with its dates.")
    return successor.pk


def _find_erasure(ticket: DeletionTicket, pk: int) -> Erasure:
    rows = Erasure.objects.select_related("ticket__key", "account", "before__key")
    erasure = rows.filter(ticket=ticket, pk=pk).first()
    if erasure is None:
        raise Http404("There is no such erasure.")
    return erasure
