"""The page of one reappearance: what came back, and the question that is asked first."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from apps.audit.actors import Actor, NotAllowed
from apps.privacy.vault import VaultError
from apps.tickets.errors import TicketError
from apps.tickets.forms.acting import NothingAsked
from apps.tickets.forms.reappearing import ByChoiceForm, ReimportedForm
from apps.tickets.models import Reappearance
from apps.tickets.selectors.reappearances import Evidence, load_reappearance
from apps.tickets.selectors.returns import may_lift, reappearance_page, watch_lines
from apps.tickets.services import reappearing, unsubscribing, watching
from apps.tickets.unsubscribes import tell, why_not_restore
from apps.vendors.models import VendorAccount

Chrome = dict[str, Any]
LIST = "admin:tickets_reappearance_changelist"
PAGE = "admin:tickets_reappearance_change"
TICKET = "admin:tickets_deletionticket_change"
FORMS = {"by-choice": ByChoiceForm, "reimported": ReimportedForm, "restore": NothingAsked}


def lines(request: HttpRequest) -> Chrome:
    """Return what the list says above its rows."""
    may_search_again = request.user.has_perm(watching.SEARCH_AGAIN)
    return {"watch_lines": watch_lines(at=timezone.now()), "may_search_again": may_search_again}


def search_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the watch of one account try its refused search at once."""
    account = get_object_or_404(VendorAccount, pk=pk)
    try:
        asked = watching.search_again(account, by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    name = account.name
    told = f"The next run for {name} tries the search again." if asked else f"No search of {name} was refused."
    messages.info(request, told)
    return redirect(LIST)


def show(
    request: HttpRequest,
    pk: int,
    chrome: Chrome,
    *,
    bound: dict[str, forms.Form] | None = None,
    evidence: Evidence | None = None,
) -> HttpResponse:
    """Render the page. ``bound``: a form that came back with errors; ``evidence``: what was seen, opened once."""
    row = _find(pk)
    page = reappearance_page(row, at=timezone.now())
    why_not = why_not_restore(row, erased_by=page.erased_by, remembered=page.remembered)
    context = chrome | {
        "title": f"Came back after {row.ticket.reference}",
        "page": page,
        "row": row,
        "may_decide": row.is_open and request.user.has_perm(reappearing.DECIDE),
        "may_lift": may_lift(request.user),
        "may_open": request.user.has_perm("audit.view_auditsnapshot"),
        "evidence": evidence,
        "unsubscribes": [tell(act, timezone.now()) for act in row.subscriber_acts.order_by("pk")],
        "may_restore": request.user.has_perm(unsubscribing.MUTE) and not why_not,
        **_forms(bound or {}),
    }
    return TemplateResponse(request, "admin/tickets/reappearance/page.html", context)


def decide(request: HttpRequest, pk: int, chrome: Chrome, *, verb: str) -> HttpResponse:
    """Do one of FORMS, or show the page again with what is missing."""
    form = FORMS[verb](request.POST, auto_id=f"{verb}-%s")
    if not form.is_valid():
        return show(request, pk, chrome, bound={verb: form})
    try:
        return _DEEDS[verb](request, _find(pk), form)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except (TicketError, VaultError) as refusal:
        messages.error(request, str(refusal))
    return redirect(PAGE, pk)


def open_evidence(request: HttpRequest, pk: int, chrome: Chrome) -> HttpResponse:
    """Show what was seen, once; opening it is an event."""
    try:
        seen = reappearing.open_evidence(_find(pk), by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except VaultError as refusal:
        messages.error(request, str(refusal))
        return redirect(PAGE, pk)
    return show(request, pk, chrome, evidence=seen)


def _by_choice(request: HttpRequest, row: Reappearance, form: forms.Form) -> HttpResponse:
    lifted = reappearing.accept_return(row, **form.cleaned_data, by=Actor.page(request.user), at=timezone.now())
    blocked = "is no longer blocked" if lifted else "was not blocked any more"
    messages.success(request, f"Came back by choice: the person {blocked}. {row.ticket.reference} stays as it is.")
    return redirect(PAGE, row.pk)


def _reimported(request: HttpRequest, row: Reappearance, form: forms.Form) -> HttpResponse:
    ticket = reappearing.erase_again(row, **form.cleaned_data, by=Actor.page(request.user), at=timezone.now())
    messages.success(request, f"Re-imported: {ticket.reference} erases the person again, once it is approved.")
    return redirect(TICKET, ticket.pk)


def _restore(request: HttpRequest, row: Reappearance, form: forms.Form) -> HttpResponse:
    unsubscribing.restore(row, by=Actor.page(request.user), at=timezone.now())
    messages.success(request, "The vendor is asked to unsubscribe the person again.")
    return redirect(PAGE, row.pk)


_DEEDS = {"by-choice": _by_choice, "reimported": _reimported, "restore": _restore}


def _forms(bound: dict[str, forms.Form]) -> dict[str, forms.Form]:
    made = {verb: bound.get(verb) or form(auto_id=f"{verb}-%s") for verb, form in FORMS.items()}
    return {"by_choice_form": made["by-choice"], "reimported_form": made["reimported"]}


def _find(pk: int) -> Reappearance:
    row = load_reappearance(pk)
    if row is None:
        raise Http404("There is no such reappearance.")
    return row
