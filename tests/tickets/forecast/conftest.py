from collections.abc import Callable

import pytest

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket
from apps.vendors.models import VendorAccount
from apps.vendors.selectors import configured_accounts
from apps.vendors.services.accounts import sync_accounts
from tests.constants import NOW
from tests.tickets.desk import URLS, opened_by

from .moments import DAY


@pytest.fixture
def account(db, settings) -> Callable[..., VendorAccount]:
    """Give this host one account more; answers are expected an hour after their requests unless said otherwise."""

    def make(name: str = "bento", **options: object) -> VendorAccount:
        query = "".join(f"&{key}={value}" for key, value in {"verify_after": "30m,1h", **options}.items())
        settings.VENDOR_SECRET_URLS = {**settings.VENDOR_SECRET_URLS, name: URLS[name] + query}
        sync_accounts(configured_accounts(), by=Actor.worker(), at=NOW)
        return VendorAccount.objects.get(name=name)

    return make


@pytest.fixture
def due(alice) -> Callable[..., DeletionTicket]:
    """Open a ticket that is due in so many days."""

    def make(days: float, email: str = "", **wishes: object) -> DeletionTicket:
        number = DeletionTicket.objects.count()
        ticket = opened_by(alice, email=email or f"person{number}@example.org", **wishes)
        DeletionTicket.objects.filter(pk=ticket.pk).update(due_at=NOW + DAY * days)
        return DeletionTicket.objects.get(pk=ticket.pk)

    return make
