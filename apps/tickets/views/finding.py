"""The search box of the list: a reference leads to its ticket, anything else is looked up by digest."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.privacy.identifiers import InvalidIdentifier
from apps.tickets.forms.acting import FindForm
from apps.tickets.models import DeletionTicket
from apps.tickets.selectors.sought import keep, look_up, only_ticket_of

from .page import URL


def find(request: HttpRequest) -> HttpResponse:
    """Lead on by POST and redirect: what was typed enters no address."""
    form = FindForm(request.POST)
    if not form.is_valid():
        return redirect(f"{URL}_changelist")
    if form.reference:
        return _find_reference(request, form.reference)
    try:
        sought = look_up(form.cleaned_data["sought"])
    except InvalidIdentifier as error:
        messages.error(request, str(error))
        return redirect(f"{URL}_changelist")
    only = only_ticket_of(sought)
    if only:
        return redirect(f"{URL}_change", only)
    return redirect(f"{reverse(f'{URL}_changelist')}?subject={keep(request.session, sought)}")


def _find_reference(request: HttpRequest, reference: str) -> HttpResponse:
    ticket = DeletionTicket.objects.filter(reference=reference).only("pk").first()
    if ticket:
        return redirect(f"{URL}_change", ticket.pk)
    messages.warning(request, f"There is no ticket {reference}.")
    return redirect(f"{URL}_changelist")
