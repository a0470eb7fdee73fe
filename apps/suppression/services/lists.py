"""Say what a list is for, where and how long it blocks."""

from dataclasses import dataclass
from datetime import date, datetime

from apps.audit.actors import Actor
from apps.audit.services import deed, record
from apps.suppression.errors import SuppressionError
from apps.suppression.models import SuppressionList
from apps.vendors.models import VendorAccount

DESCRIBE = "suppression.change_suppressionlist"


class BlocksNowhere(SuppressionError):
    """A list that is neither for everywhere nor for an account would look like protection."""

    def __init__(self) -> None:
        super().__init__("Choose at least one account, or let the list block everywhere.")


@dataclass(frozen=True)
class Description:
    """All that people decide about a list; ``accounts`` count where it does not block everywhere."""

    title: str
    purpose: str = ""
    everywhere: bool = True
    accounts: tuple[VendorAccount, ...] = ()
    entries_expire_after_days: int | None = None
    legal_basis: str = ""
    review_date: date | None = None


@deed()
def describe_list(target: SuppressionList, description: Description, *, by: Actor, at: datetime) -> list[str]:
    """Change what a list is for and return the names of the changed fields; raise BlocksNowhere.

    Entries that stand keep their end: a new default counts for those made from now on. The ledger names fields only,
    since a purpose is free words.
    """
    by.require(DESCRIBE)
    if not description.everywhere and not description.accounts:
        raise BlocksNowhere
    stored = SuppressionList.objects.select_for_update().get(pk=target.pk)
    changed = _change_columns(stored, description) + _change_accounts(stored, description.accounts)
    if changed:
        facts = {"fields": " ".join(changed)}
        record("suppression.list_described", f"list/{stored.name}", by=by, at=at, facts=facts)
    return changed


def _change_columns(stored: SuppressionList, description: Description) -> list[str]:
    wanted = {name: value for name, value in vars(description).items() if name != "accounts"}
    changed = [name for name, value in wanted.items() if getattr(stored, name) != value]
    for name in changed:
        setattr(stored, name, wanted[name])
    stored.save(update_fields=changed)
    return changed


def _change_accounts(stored: SuppressionList, accounts: tuple[VendorAccount, ...]) -> list[str]:
    if {account.pk for account in accounts} == set(stored.accounts.values_list("pk", flat=True)):
        return []
    stored.accounts.set(accounts)
    return ["accounts"]
