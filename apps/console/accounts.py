"""What the overview says of each vendor account: its state, what is left of its day, and its next free slot."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from apps.vendors.models import VendorAccount
from apps.vendors.services.quota import Allowance, allowance_of
from apps.vendors.states import State, state_of


@dataclass(frozen=True)
class AccountLine:
    name: str
    url: str
    state: State
    allowance: Allowance


def account_lines(user: User | AnonymousUser, now: datetime) -> list[AccountLine]:
    """Return one line per account of the environment, for whoever may see accounts."""
    if not user.has_perm("vendors.view_vendoraccount"):
        return []
    rows = VendorAccount.objects.usable().select_related("paused_by").order_by("name")
    return [_line(row, now) for row in rows]


def _line(row: VendorAccount, now: datetime) -> AccountLine:
    url = reverse("admin:vendors_vendoraccount_change", args=[row.pk])
    return AccountLine(row.name, url, state_of(row, at=now), allowance_of(row, at=now))
