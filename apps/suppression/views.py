from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.audit.actors import Actor, NotAllowed
from apps.privacy.vault import VaultError

from . import services
from .errors import SuppressionError
from .forms import CheckForm, ImportForm, LiftForm, SuppressForm
from .models import EntrySource, SuppressionEntry, SuppressionList

LIST = "admin:suppression_suppressionentry_changelist"
ENTRY = "admin:suppression_suppressionentry_change"


def check(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Answer whether an identifier would be blocked, in the page itself: it enters no address, message or log."""
    actor = _admit(request, services.CHECK)
    form = CheckForm(request.POST or None)
    context = {"title": "Would this address be blocked?", "form": form}
    if form.is_valid():
        kind, value = form.cleaned_data["kind"], form.cleaned_data["value"]
        context |= {"asked": True, "blocks": services.check(kind, value, by=actor, at=timezone.now())}
    return _page(request, site, "check", context)


def suppress(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Put one identifier on a list by hand."""
    actor = _admit(request, services.ADD)
    form = SuppressForm(request.POST or None)
    if not form.is_valid():
        return _page(request, site, "suppress", {"title": "Add to a list", "form": form})
    data = form.cleaned_data
    tally = services.suppress(
        [(data["kind"], data["value"])],
        list_name=data["list_name"],
        source_kind=EntrySource.Kind.STAFF,
        reference=data["because"],
        by=actor,
        at=timezone.now(),
    )
    deed = "Added to" if tally.added else "It stood before on"
    messages.success(request, f"{deed} the list {data['list_name']}.")
    return redirect(LIST)


def import_file(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Take a small file in and answer with the lines it refused."""
    actor = _admit(request, services.ADD)
    form = ImportForm(request.POST or None, request.FILES or None)
    context = {"title": "Import a file", "form": form}
    if form.is_valid():
        context["result"] = result = _import(form, actor)
        context["rejects"] = list(result.source.rejects.order_by("line")[:1_000]) if result else []
    return _page(request, site, "import", context)


@require_POST
def lift(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """End one block with a reason."""
    actor = _admit(request, services.LIFT)
    entry = get_object_or_404(SuppressionEntry.objects.select_related("list"), pk=pk)
    form = LiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a reason, and say what shows it.")
        return redirect(ENTRY, pk)
    try:
        services.lift(entry, **form.cleaned_data, by=actor, at=timezone.now())
    except SuppressionError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Lifted. The entry stays here as history.")
    return redirect(ENTRY, pk)


@require_POST
def evidence(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Show once what a lift was founded on; that it was read is an event."""
    actor = _admit(request, services.SEE_EVIDENCE)
    entry = get_object_or_404(SuppressionEntry.objects.select_related("list", "lift_key"), pk=pk)
    try:
        text = services.open_evidence(entry, by=actor, at=timezone.now())
    except VaultError as refusal:
        text = str(refusal)
    return _page(request, site, "evidence", {"title": "Why the block was lifted", "entry": entry, "text": text})


def _import(form: ImportForm, actor: Actor) -> services.ImportResult | None:
    """Import, or put the refusal of the whole file beside its field."""
    data = form.cleaned_data
    try:
        return services.import_file(
            data["file"].file, list_name=data["list_name"], identifiers="email", by=actor, clock=timezone.now
        )
    except SuppressionError as refusal:
        form.add_error("file", str(refusal))
        return None


def _admit(request: HttpRequest, permission: str) -> Actor:
    actor = Actor.page(request.user)
    try:
        actor.require(permission)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return actor


def _page(request: HttpRequest, site: AdminSite, name: str, context: dict[str, str | Form | object]) -> HttpResponse:
    lists = list(SuppressionList.objects.order_by("name").values_list("name", flat=True))
    everywhere = {**site.each_context(request), "lists": lists}
    return TemplateResponse(request, f"admin/suppression/{name}.html", {**everywhere, **context})
