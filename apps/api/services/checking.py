"""Answer who is suppressed, everywhere or where one vendor account is concerned."""

from collections.abc import Sequence
from datetime import datetime

from apps.api.errors import ApiError
from apps.api.models import ApiToken
from apps.suppression.selectors import Answer
from apps.suppression.services import check_many
from apps.vendors.models import VendorAccount

from .admitting import TURNSTILE, actor_of

PRICED = 100


class UnknownAccount(ApiError):
    """No vendor account has this name."""


class TooMany(ApiError):
    """More at once than the token's whole minute pays for: waiting would not help."""


def check_for(asked: Sequence[tuple[str, str]], *, account_name: str, token: ApiToken, at: datetime) -> list[Answer]:
    """Answer like check_many, and count each PRICED identifiers as a call; without an account every list counts.

    The first call was counted at the door. Raises NotAllowed, UnknownAccount, TooMany or TooFast.
    """
    calls = -(-len(asked) // PRICED)
    if calls > token.per_minute:
        raise TooMany(
            f"Ask for up to {token.per_minute * PRICED} at once: each {PRICED} count as a call of the minute."
        )
    if calls > 1:
        TURNSTILE.let_through(token, at=at, calls=calls - 1)
    return check_many(asked, account=_account(account_name) if account_name else None, by=actor_of(token), at=at)


def _account(name: str) -> VendorAccount:
    account = VendorAccount.objects.usable().filter(name=name).first()
    if account is None:
        raise UnknownAccount("No vendor account has this name. Leave “account” out to ask every list.")
    return account
