"""What stops work, for the top of every page."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from apps.jobs.health import State, worst
from apps.jobs.selectors import keepers
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import stopped_accounts
from apps.vendors.states import state_of

from .selectors import Banner


def alarms(user: User | AnonymousUser, now: datetime) -> list[Banner]:
    """Return one banner per account that is paused or does not answer, and one for workers that do not work."""
    if not user.has_perm("vendors.view_vendoraccount"):
        return []
    state = worst(keepers(), at=now)
    silent = [_silent(state)] if state else []
    return silent + [(_paused if account.is_paused else _broken)(account, now) for account in stopped_accounts()]


def _silent(state: State) -> Banner:
    what = "have not answered" if state.tone == "bad" else "have been stopped"
    text = f"The workers {what} since {_moment(state.since)}: nothing is looked up, sent or checked. {state.next_step}"
    return Banner(text, reverse("admin:index") + "#workers", "bad")


def _paused(account: VendorAccount, now: datetime) -> Banner:
    state = state_of(account, at=now)
    stopped = f"{account.name} is paused since {_moment(state.since)} by {state.by}: {state.why}."
    return Banner(f"{stopped} Nothing is sent for it. {state.next_step}", _page(account), "bad")


def _broken(account: VendorAccount, now: datetime) -> Banner:
    state = state_of(account, at=now)
    until = f" The next try is at {_moment(state.until)}." if state.until else ""
    failing = f"{account.name} does not answer since {_moment(state.since)}: {state.why[0].lower()}{state.why[1:]}."
    return Banner(f"{failing} {state.next_step}{until}", _page(account), "bad")


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M, H:i")


def _page(account: VendorAccount) -> str:
    return reverse("admin:vendors_vendoraccount_change", args=[account.pk])
