"""Upload a file of requests, watch its progress, stop it, and take its rejects away."""

import csv
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from apps.audit.actors import Actor, NotAllowed
from apps.privacy.vault import VaultError
from apps.tickets.columns import COLUMN_NOTES, TEMPLATE_ROWS
from apps.tickets.csv_lines import FileError
from apps.tickets.forms.uploading import UploadForm
from apps.tickets.models import TicketBatch
from apps.tickets.selectors.batches import Progress, progress_of
from apps.tickets.services.batches import accept_file, rejects_file, stop_batch

PAGE = "admin:tickets_ticketbatch_change"
CSV = "text/csv; charset=utf-8"
Chrome = dict[str, Any]


def upload(request: HttpRequest, chrome: Chrome) -> HttpResponse:
    """Show the form, or keep the file for a worker and go to its page."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    batch = _accept(request, form) if form.is_valid() else None
    if batch:
        return redirect(PAGE, batch.pk)
    context = chrome | {"form": form, "columns": COLUMN_NOTES, "title": "Upload a file"}
    return TemplateResponse(request, "admin/tickets/upload.html", context)


def page(request: HttpRequest, pk: int | str, chrome: Chrome) -> HttpResponse:
    progress = _progress(pk)
    context = chrome | _shown(request, progress) | {"title": f"Batch {progress.pk}"}
    return TemplateResponse(request, "admin/tickets/batch.html", context)


def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the part of the page that changes, and say when it will not change any more."""
    progress = _progress(pk)
    headers = {"X-Live": "on" if progress.is_open else "done"}
    return TemplateResponse(request, "admin/tickets/batch_progress.html", _shown(request, progress), headers=headers)


def stop(request: HttpRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(TicketBatch, pk=pk)
    try:
        stopped = stop_batch(batch, by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.info(request, "No further rows are opened." if stopped else "There was nothing left to stop.")
    return redirect(PAGE, pk)


def rejects(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the rejected rows as typed; each download is an event."""
    batch = get_object_or_404(TicketBatch.objects.select_related("key"), pk=pk)
    try:
        rows = rejects_file(batch, by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except VaultError as refusal:
        messages.error(request, str(refusal))
        return redirect(PAGE, pk)
    return _csv(rows, f"batch-{pk}-rejects.csv")


def template_file(request: HttpRequest) -> HttpResponse:
    return _csv(TEMPLATE_ROWS, "tickets-template.csv")


def _accept(request: HttpRequest, form: UploadForm) -> TicketBatch | None:
    text, basis = form.cleaned_data["file"], form.cleaned_data["identity_basis"]
    try:
        return accept_file(text, identity_basis=basis, by=Actor.page(request.user), at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except FileError as refusal:
        form.add_error("file", str(refusal))
    return None


def _progress(pk: int | str) -> Progress:
    found = progress_of(pk) if str(pk).isdecimal() else None
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, progress: Progress) -> dict[str, object]:
    return {"progress": progress, "may_act": request.user.has_perm("tickets.add_deletionticket")}


def _csv(rows: list[list[str]], name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = HttpResponse("\ufeff", content_type=CSV, headers=headers)  # the mark tells Excel that this is UTF-8
    csv.writer(response).writerows(rows)
    return response
