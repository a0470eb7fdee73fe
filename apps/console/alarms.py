"""What stops work until a person acts, for the top of every page."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from apps.vendors.models import VendorAccount
from apps.vendors.selectors import paused_accounts
from apps.vendors.states import state_of

from .selectors import Banner


def alarms(user: User | AnonymousUser, now: datetime) -> list[Banner]:
    """Return one banner per paused account, for whoever may see accounts."""
    if not user.has_perm("vendors.view_vendoraccount"):
        return []
    return [_paused(account, now) for account in paused_accounts()]


def _paused(account: VendorAccount, now: datetime) -> Banner:
    state = state_of(account, at=now)
    since = date_format(timezone.localtime(state.since), "j M, H:i")
    return Banner(
        f"{account.name} is paused since {since} by {state.by}: {state.why}. Nothing is sent for it. {state.next_step}",
        reverse("admin:vendors_vendoraccount_change", args=[account.pk]),
        "bad",
    )
