"""The pages of an Administrator: let upstream systems in, and take their tokens away."""

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.api import once
from apps.api.errors import ApiError
from apps.api.forms import ClientForm, TokenForm
from apps.api.models import ApiClient, ApiToken
from apps.api.services import tokens
from apps.audit.actors import Actor
from apps.audit.views import admit

CLIENT = "admin:api_apiclient_change"
TOKEN = "admin:api_apitoken_change"  # noqa: S105 - the name of a page


class SentBefore(ApiError):
    """A form came a second time: the page was reloaded, or it is too old."""


def add_client(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Add an upstream system; its page, where tokens are issued, comes next."""
    actor = admit(request, "api.add_apiclient")
    form = ClientForm(request.POST or None)
    if form.is_valid():
        try:
            client = tokens.add_client(**form.cleaned_data, by=actor, at=timezone.now())
            return redirect(CLIENT, client.pk)
        except ApiError as refusal:
            form.add_error(None, str(refusal))
    return _page(request, site, "add", {"title": "Add an API client", "form": form})


def issue_token(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Issue a token and show it in the answer itself, the only place where it ever stands; a reload issues none."""
    actor = admit(request, "api.add_apitoken")
    client = get_object_or_404(ApiClient, pk=pk)
    form = TokenForm(request.POST or None)
    context: dict[str, object] = {"title": f"Issue a token for {client}", "client": client, "form": form}
    if form.is_valid():
        try:
            _take(request, client)
            context["issued"] = _issue(client, form, actor)
        except ApiError as refusal:
            form.add_error(None, str(refusal))
    if "issued" not in context:
        context["once"] = once.mark(request.session, _form_of(client))
    return _page(request, site, "issue", context)


@require_POST
def revoke_token(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Make a token useless from the next call on."""
    actor = admit(request, "api.revoke_apitoken")
    token = get_object_or_404(ApiToken.objects.select_related("client"), pk=pk)
    try:
        tokens.revoke_token(token, by=actor, at=timezone.now())
    except ApiError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Revoked. The next call with it is refused.")
    return redirect(TOKEN, pk)


def _take(request: HttpRequest, client: ApiClient) -> None:
    if not once.take(request.session, _form_of(client), request.POST.get("once", "")):
        raise SentBefore("This form was sent before, so no token was issued now. Send it once more for another one.")


def _form_of(client: ApiClient) -> str:
    return f"token/{client.pk}"


def _issue(client: ApiClient, form: TokenForm, actor: Actor) -> tokens.Issued:
    now = timezone.now()
    terms = tokens.Terms(form.cleaned_data["scopes"], now + form.lifetime, form.cleaned_data["per_minute"])
    return tokens.issue_token(client, terms, by=actor, at=now)


def _page(request: HttpRequest, site: AdminSite, name: str, context: dict[str, object]) -> HttpResponse:
    return TemplateResponse(request, f"admin/api/{name}.html", {**site.each_context(request), **context})
