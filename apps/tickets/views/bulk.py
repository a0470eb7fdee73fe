"""Acts on many tickets of the list: one page that asks, one service call, and what was refused by reference."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.errors import Refusal, TicketError
from apps.tickets.forms.acting import write_marks
from apps.tickets.models import DeletionTicket
from apps.tickets.models.ticket import DeletionTicketQuerySet
from apps.tickets.moments import count
from apps.tickets.selectors.costs import shown_before_approval
from apps.tickets.selectors.left_out import left_out, with_open_choice
from apps.tickets.selectors.seen import marks_of
from apps.tickets.states import TicketStatus

from .deeds import ON_TICKETS, Deed
from .page import TEMPLATES

MOST = 10_000  # each chunk commits whole, but the page waits for all of them
LISTED = 20
NAMED = 12


def act_on_tickets(
    request: HttpRequest, tickets: DeletionTicketQuerySet, chrome: dict[str, Any], *, verb: str, title: str
) -> HttpResponse | None:
    """Ask first where an answer is needed, then act; None leads back to the list."""
    chosen = DeletionTicket.objects.filter(pk__in=tickets.order_by().values("pk"))
    deed, number = ON_TICKETS[verb], chosen.count()
    if number > MOST:
        messages.error(
            request, f"{number:,} tickets are chosen. Choose {MOST:,} at most, and take the rest after them."
        )
        return None
    marks = {"seen": write_marks(marks_of(chosen))} if verb == "approve" else {}
    form = deed.form(request.POST if _was_shown(request, number) else None, auto_id=f"{verb}-%s", initial=marks)
    if form.fields and not form.is_valid():
        form.show_again(marks)
        return _ask(request, chosen, chrome, form, verb=verb, title=title, number=number)
    _act(request, chosen, deed, form, number)
    return None


def _was_shown(request: HttpRequest, number: int) -> bool:
    """Tell whether the answer was given for as many tickets as are chosen now: a list may have grown meanwhile."""
    return request.POST.get("shown") == str(number)


def _ask(
    request: HttpRequest,
    chosen: DeletionTicketQuerySet,
    chrome: dict[str, Any],
    form: forms.Form,
    *,
    verb: str,
    title: str,
    number: int,
) -> HttpResponse:
    now, approves = timezone.now(), verb == "approve"
    context = chrome | {
        "title": title,
        "form": form,
        "verb": verb,
        "number": number,
        "references": list(chosen.order_by("due_at", "pk").values_list("reference", flat=True)[:LISTED]),
        "more": max(0, number - LISTED),
        "before": shown_before_approval(_approvable(chosen, request.user), now) if approves else None,
        "left_out": left_out(_of_others(chosen, request.user)) if approves else None,
        "hidden": _selection(request),
    }
    return TemplateResponse(request, f"{TEMPLATES}/ask.html", context)


def _approvable(chosen: DeletionTicketQuerySet, user: AbstractUser) -> DeletionTicketQuerySet:
    """Leave out what the approval will refuse anyway, so that cost and findings are those of the click."""
    others = _of_others(chosen, user)
    return others.exclude(pk__in=with_open_choice(others).values("pk"))


def _of_others(chosen: DeletionTicketQuerySet, user: AbstractUser) -> DeletionTicketQuerySet:
    waiting = chosen.filter(status=TicketStatus.PENDING_APPROVAL)
    return waiting.exclude(opened_by=user).exclude(identity_verified_by=user)


def _selection(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what Django needs to choose the same tickets again."""
    names = ("action", "index", "select_across", helpers.ACTION_CHECKBOX_NAME)
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def _act(request: HttpRequest, chosen: DeletionTicketQuerySet, deed: Deed, form: forms.Form, number: int) -> None:
    said = form.cleaned_data if form.fields else {}
    try:
        refusals = deed.service(chosen, **said, by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    except TicketError as refusal:
        messages.error(request, str(refusal))
        return
    if number > len(refusals):
        messages.success(request, f"{count(number - len(refusals), 'ticket')}: {deed.done}")
    _tell(request, refusals)


def _tell(request: HttpRequest, refusals: list[Refusal]) -> None:
    for refusal in refusals[:NAMED]:
        messages.warning(request, f"{refusal}.")
    if len(refusals) > NAMED:
        messages.warning(request, f"{len(refusals) - NAMED:,} more were left as they are.")
