"""The page of one vendor account, and the deeds of whoever minds it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from apps.audit.actors import Actor, NotAllowed

from .accounts import AccountError
from .models import VendorAccount
from .services.accounts import CheckFailed, pause, resume
from .services.checking import check_account
from .services.quota import allowance_of
from .states import state_of

Chrome = dict[str, Any]


def page(request: HttpRequest, account: VendorAccount, chrome: Chrome) -> HttpResponse:
    """Show what the account does and what is left of its day."""
    now = timezone.now()
    context = chrome | {
        "account": account,
        "allowance": allowance_of(account, at=now),
        "may_act": request.user.has_perm("vendors.pause_vendoraccount"),
        "state": state_of(account, at=now),
        "title": account.name,
    }
    return TemplateResponse(request, "admin/vendors/account.html", context)


def pause_now(request: HttpRequest, account: VendorAccount) -> None:
    if pause(account, VendorAccount.Pause.BY_HAND, by=Actor.page(request.user), at=timezone.now()):
        messages.success(request, "Paused. Nothing is sent or looked up for it until somebody resumes it.")
    else:
        messages.warning(request, "It was paused already.")


def resume_now(request: HttpRequest, account: VendorAccount) -> None:
    despite = "despite_check" in request.POST
    try:
        resumed = resume(account, by=Actor.page(request.user), at=timezone.now(), despite_check=despite)
    except CheckFailed as error:
        messages.error(request, f"Not resumed. {error} Check again, or tick that it is to be resumed all the same.")
        return
    if resumed:
        messages.success(request, "Resumed. Its work goes on at once.")
    else:
        messages.warning(request, "It was not paused.")


def check_now(request: HttpRequest, account: VendorAccount) -> None:
    try:
        found = check_account(account, by=Actor.page(request.user), clock=timezone.now)
    except AccountError as error:
        messages.error(request, str(error))
        return
    level = messages.SUCCESS if found.works else messages.ERROR
    messages.add_message(request, level, f"{found.account}: {found.sentence}")


DEEDS = {"pause": pause_now, "resume": resume_now, "check": check_now}


def act(request: HttpRequest, account: VendorAccount, deed: str) -> HttpResponse:
    """Do one of DEEDS and show the account again."""
    try:
        DEEDS[deed](request, account)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return redirect("admin:vendors_vendoraccount_change", account.pk)
