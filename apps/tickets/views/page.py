"""The page of one ticket, and the part of it that keeps itself fresh."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from apps.tickets.acts import CHOOSE, Act, Viewer, erasure_acts, is_second_person, ticket_acts
from apps.tickets.forms.acting import ChooseForm, CorrectForm, ReopenForm, write_marks
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.selectors.cards import Card
from apps.tickets.selectors.pages import Clear, TicketPage, aside, load_ticket, ticket_page
from apps.tickets.selectors.profiles import profile_rows
from apps.tickets.selectors.seen import mark_of
from apps.tickets.states import TicketStatus

from .deeds import CORRECT, ON_ERASURE, ON_TICKET, ON_TICKETS, REOPEN

TEMPLATES = "admin/tickets/deletionticket"
URL = "admin:tickets_deletionticket"
CALLS_OFF = frozenset({"cancel", "deny", "duplicate"})
Chrome = dict[str, Any]
Bound = dict[tuple[str, int | None], forms.Form]


@dataclass(frozen=True)
class Button:
    """An act with its address and its form; ``is_open``: the form came back with errors."""

    act: Act
    url: str
    form: forms.Form
    is_open: bool


@dataclass(frozen=True)
class CardWithButtons:
    card: Card
    buttons: list[Button]


def find_ticket(pk: int) -> DeletionTicket:
    ticket = load_ticket(pk)
    if ticket is None:
        raise Http404("There is no such ticket.")
    return ticket


def show(
    request: HttpRequest, pk: int, chrome: Chrome, *, bound: Bound | None = None, shown: Clear | None = None
) -> HttpResponse:
    """Render the whole page. ``bound``: forms that came back with errors; ``shown``: what is sealed in clear, once."""
    now = timezone.now()
    ticket = find_ticket(pk)
    context = chrome | _live(request, ticket, now, bound or {})
    beside = aside(ticket, with_reasons=context["may_read_reasons"], at=now)
    context |= {"title": ticket.reference, "aside": beside, "shown": shown}
    return TemplateResponse(request, f"{TEMPLATES}/page.html", context)


def show_live(request: HttpRequest, pk: int) -> HttpResponse:
    """Render the part that changes; says when nothing goes on by itself any more."""
    context = _live(request, find_ticket(pk), timezone.now(), {})
    response = TemplateResponse(request, f"{TEMPLATES}/live.html", context)
    if not context["page"].is_going_on:
        response["X-Live"] = "done"
    return response


def _live(request: HttpRequest, ticket: DeletionTicket, now: datetime, bound: Bound) -> Chrome:
    page = ticket_page(ticket, now)
    viewer = Viewer(request.user.pk, request.user.get_all_permissions())
    return {
        "page": page,
        "ticket": ticket,
        "buttons": [_ticket_button(page, act, bound) for act in ticket_acts(ticket, page.erasures, viewer)],
        "cards": [
            CardWithButtons(card, [_erasure_button(page, erasure, act, bound) for act in acts])
            for card, erasure, acts in _with_acts(page, viewer)
        ],
        "why_not": _why_not(ticket, viewer),
        "may_open_snapshots": viewer.may("audit.view_auditsnapshot"),
        "may_read_reasons": viewer.may("tickets.cancel_deletionticket") or viewer.may("audit.view_auditsnapshot"),
    }


def _with_acts(page: TicketPage, viewer: Viewer):
    for card, erasure in zip(page.cards, page.erasures, strict=True):
        yield card, erasure, erasure_acts(page.ticket, erasure, viewer)


def _why_not(ticket: DeletionTicket, viewer: Viewer) -> str:
    """Tell an approver why this ticket offers no Approve."""
    waits = ticket.status == TicketStatus.PENDING_APPROVAL and viewer.may("tickets.approve_deletionticket")
    if not waits or is_second_person(ticket, viewer):
        return ""
    did = "opened this ticket" if ticket.opened_by_id == viewer.pk else "verified the identity here"
    return f"You {did}, so somebody else has to approve it."


def _ticket_button(page: TicketPage, act: Act, bound: Bound) -> Button:
    form = bound.get((act.verb, None)) or _ticket_form(page, act)
    url = reverse(f"{URL}_{act.verb}", args=[page.ticket.pk])
    return Button(_with_what_stays(page, act), url, form, is_open=form.is_bound)


def _with_what_stays(page: TicketPage, act: Act) -> Act:
    calls_off = act.verb in CALLS_OFF and page.stays
    return replace(act, hint=f"{act.hint} {page.stays}") if calls_off else act


def _ticket_form(page: TicketPage, act: Act) -> forms.Form:
    if act.verb == REOPEN:
        return ReopenForm(**reopening_options(page.ticket), auto_id=auto_id(act.verb))
    deed = ON_TICKETS.get(act.verb) or ON_TICKET[act.verb]
    return deed.form(auto_id=auto_id(act.verb), initial=_shown(page) if act.verb == "approve" else None)


def _shown(page: TicketPage) -> dict[str, str]:
    return {"seen": write_marks({page.ticket.pk: mark_of(page.erasures)})}


def _erasure_button(page: TicketPage, erasure: Erasure, act: Act, bound: Bound) -> Button:
    form = bound.get((act.verb, erasure.pk)) or _erasure_form(page, erasure, act)
    url = reverse(f"{URL}_{act.verb}", args=[page.ticket.pk, erasure.pk])
    return Button(act, url, form, is_open=form.is_bound)


def _erasure_form(page: TicketPage, erasure: Erasure, act: Act) -> forms.Form:
    label = auto_id(act.verb, erasure.pk)
    if act.verb == CORRECT:
        return CorrectForm(kind=erasure.kind, **reopening_options(page.ticket), auto_id=label)
    if act.verb == CHOOSE:
        return ChooseForm(**choosing_options(erasure), auto_id=label)
    return ON_ERASURE[act.verb].form(auto_id=label)


def reopening_options(ticket: DeletionTicket) -> dict[str, Any]:
    """Return what a form for a linked ticket starts with: masked identifiers, and how identity was checked."""
    masked = {row.kind: row.masked for row in ticket.identifiers.all()}
    initial = {"identity_basis": ticket.identity_basis}
    return {"masked": masked, "own_initiative": ticket.own_initiative, "initial": initial}


def choosing_options(erasure: Erasure) -> dict[str, Any]:
    """Return what a form about shared profiles starts with: the masked profiles, and the snapshot they come from."""
    return {"profiles": profile_rows(erasure), "initial": {"snapshot": erasure.before_id}}


def auto_id(verb: str, pk: int | None = None) -> str:
    """Give every form on the page ids of its own."""
    return f"{verb}-{pk}-%s" if pk else f"{verb}-%s"
