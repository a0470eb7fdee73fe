import csv
from itertools import chain

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from apps.audit.actors import Actor
from apps.audit.views import admit
from apps.privacy.vault import VaultError

from . import services
from .errors import SuppressionError
from .forms import CheckForm, ImportForm, LiftForm, SuppressForm
from .import_progress import ImportProgress, progress_of
from .models import EntrySource, SuppressionEntry, SuppressionImport, SuppressionList
from .uploads import FIELD, SealingHandler

LIST = "admin:suppression_suppressionentry_changelist"
SHORT = 20_000  # entries that are lifted while a page waits
ENTRY = "admin:suppression_suppressionentry_change"
IMPORT = "admin:suppression_suppressionimport_change"


def check(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Answer whether an identifier would be blocked, in the page itself: it enters no address, message or log."""
    actor = admit(request, services.CHECK)
    form = CheckForm(request.POST or None)
    context = {"title": "Would this address be blocked?", "form": form}
    if form.is_valid():
        kind, value = form.cleaned_data["kind"], form.cleaned_data["value"]
        context |= {"asked": True, "blocks": services.check(kind, value, by=actor, at=timezone.now())}
    return _page(request, site, "check", context)


def suppress(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Put one identifier on a list by hand."""
    actor = admit(request, services.ADD)
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


@csrf_exempt
def import_file(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Say where an uploaded file goes before anything reads the body; _upload then checks for forgery."""
    actor = admit(request, services.ADD)
    request.upload_handlers = [SealingHandler(request, at=timezone.now())]
    return _upload(request, site=site, actor=actor)


def import_page(request: HttpRequest, pk: int | str, *, site: AdminSite) -> HttpResponse:
    progress = _progress(request, pk)
    context = {"title": progress.source.reference, "progress": progress, "while_one_waits": _is_short(progress.source)}
    return _page(request, site, "import_page", context)


def import_progress(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Answer the part of the page that changes, and say when it will not change any more."""
    progress = _progress(request, pk)
    headers = {"X-Live": "on" if progress.is_open else "done"}
    return TemplateResponse(request, "admin/suppression/import_progress.html", {"progress": progress}, headers=headers)


def import_rejects(request: HttpRequest, pk: int, *, site: AdminSite) -> StreamingHttpResponse:
    """Hand out number and reason of the refused lines; what stood there was never kept."""
    rejects = _progress(request, pk).source.rejects.order_by("line", "pk").values_list("line", "reason")
    rows = chain([("line", "reason")], rejects.iterator())
    headers = {"Content-Disposition": f'attachment; filename="import-{pk}-rejects.csv"'}
    lines = map(csv.writer(_Echo()).writerow, rows)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def stop_import(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    actor = admit(request, services.ADD)
    source = get_object_or_404(SuppressionImport.objects.select_related("list"), pk=pk)
    stopped = services.stop_import(source, by=actor, at=timezone.now())
    messages.info(request, "No further lines are taken in." if stopped else "There was nothing left to stop.")
    return redirect(IMPORT, pk)


def withdraw_import(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Take a short import back while its page waits; a long one is for the command."""
    actor = admit(request, services.LIFT)
    source = get_object_or_404(SuppressionImport.objects.select_related("list"), pk=pk)
    if not _is_short(source):
        messages.error(request, f"This takes longer than a page waits: manage.py withdraw_import {source.reference}")
        return redirect(IMPORT, pk)
    lifted = services.withdraw_import(source, by=actor, clock=timezone.now)
    messages.success(request, f"Withdrawn. Entries that nothing else holds were lifted: {lifted:,}.")
    return redirect(IMPORT, pk)


def _is_short(source: SuppressionImport) -> bool:
    return source.added + source.known <= SHORT


@require_POST
def lift(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """End one block with a reason."""
    actor = admit(request, services.LIFT)
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
    actor = admit(request, services.SEE_EVIDENCE)
    entry = get_object_or_404(SuppressionEntry.objects.select_related("list", "lift_key"), pk=pk)
    try:
        text = services.open_evidence(entry, by=actor, at=timezone.now())
    except VaultError as refusal:
        text = str(refusal)
    return _page(request, site, "evidence", {"title": "Why the block was lifted", "entry": entry, "text": text})


@csrf_protect
def _upload(request: HttpRequest, *, site: AdminSite, actor: Actor) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    source = _accept(form, actor) if form.is_valid() else None
    if source:
        return redirect(IMPORT, source.pk)
    if upload := request.FILES.get(FIELD):
        upload.discard(at=timezone.now())
    return _page(request, site, "import", {"title": "Import a file", "form": form})


def _accept(form: ImportForm, actor: Actor) -> SuppressionImport | None:
    """Hand the file to a worker, or put the refusal of the whole file beside its field."""
    data = form.cleaned_data
    wanted = {"list_name": data["list_name"], "identifiers": data["identifiers"]}
    try:
        return services.accept_upload(data[FIELD], **wanted, by=actor, at=timezone.now())
    except SuppressionError as refusal:
        form.add_error(FIELD, str(refusal))
        return None


def _progress(request: HttpRequest, pk: int | str) -> ImportProgress:
    admit(request, "suppression.view_suppressionimport")
    found = progress_of(int(pk)) if str(pk).isdecimal() else None
    if found is None:
        raise Http404
    return found


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _page(request: HttpRequest, site: AdminSite, name: str, context: dict[str, str | Form | object]) -> HttpResponse:
    lists = list(SuppressionList.objects.order_by("name").values_list("name", flat=True))
    everywhere = {**site.each_context(request), "lists": lists}
    return TemplateResponse(request, f"admin/suppression/{name}.html", {**everywhere, **context})
