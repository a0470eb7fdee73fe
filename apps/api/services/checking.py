"""Answer who is suppressed, everywhere or where one vendor account is concerned."""

from collections.abc import Iterable
from datetime import datetime

from apps.api.errors import ApiError
from apps.audit.actors import Actor
from apps.suppression.selectors import Answer
from apps.suppression.services import check_many
from apps.vendors.models import VendorAccount


class UnknownAccount(ApiError):
    """No vendor account has this name."""


def check_for(asked: Iterable[tuple[str, str]], *, account_name: str, by: Actor, at: datetime) -> list[Answer]:
    """Answer like check_many; without an account every list counts. Raises NotAllowed or UnknownAccount."""
    return check_many(asked, account=_account(account_name) if account_name else None, by=by, at=at)


def _account(name: str) -> VendorAccount:
    account = VendorAccount.objects.usable().filter(name=name).first()
    if account is None:
        raise UnknownAccount("No vendor account has this name. Leave “account” out to ask every list.")
    return account
