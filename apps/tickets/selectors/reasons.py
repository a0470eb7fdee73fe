"""What people gave as their reasons, read back for the pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.privacy.models import DataKey
from apps.privacy.vault import Shredded, VaultError, unseal
from apps.tickets.models import Reason

_TITLES = {
    "ticket.held": "Reason of the hold",
    "erasure.by_hand": "Evidence",
    "erasure.profiles_chosen": "Why all profiles are this person's",
    "erasure.snapshot_waived": "Reason of the waiver",
}


@dataclass(frozen=True)
class Given:
    """One reason as it was given."""

    title: str
    text: str
    by: str
    at: datetime


def read_reasons(reasons: Iterable[Reason], key: DataKey) -> list[Given]:
    """Unseal reasons, oldest first; needs ``given_by`` loaded."""
    return [_given(reason, key) for reason in sorted(reasons, key=lambda reason: reason.given_at)]


def opened(key: DataKey, sealed: bytes | None, name: str) -> str:
    """Return sealed text for the screen; what cannot be read says why instead of failing the page."""
    if not sealed:
        return ""
    try:
        return unseal(key, sealed, name=name)
    except Shredded:
        return "Destroyed together with the ticket's key."
    except VaultError:
        return "This cannot be read: it was changed, or VAULT_KEYS lacks its key."


def _given(reason: Reason, key: DataKey) -> Given:
    by = reason.given_by.get_username() if reason.given_by else "console"
    text = opened(key, reason.sealed, reason.sealed_name)
    return Given(_TITLES.get(reason.action, "Reason"), text, by, reason.given_at)
