"""Reappearances and the state of the watch as their pages show them: plain values."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractUser

from apps.privacy.identifiers import Kind, mask
from apps.privacy.vault import VaultError, unseal
from apps.suppression.selectors import entries_of
from apps.tickets.meanings import vendor_label
from apps.tickets.models import DeletionTicket, Reappearance, Watch
from apps.tickets.moments import clock, count, span
from apps.vendors.models import VendorAccount

from .identifiers import is_same, value_of
from .losses import is_restored, lost_an_unsubscribe, tell_loss
from .reappearances import erased_since, evidence_of, is_remembered, reappearances_of
from .watched import findable, watched

TONES = {"open": "warn", "by_choice": "idle", "reimported": "busy"}


@dataclass(frozen=True)
class ReappearancePage:
    """What the page shows but its forms; ``other_address`` is set where the record carries another one now.

    ``erased_by``: the ticket that erased the record after it was seen. ``remembered``: a suppression entry keeps that
    the person had unsubscribed here.
    """

    row: Reappearance
    subject: str
    vendor: str
    tone: str
    days: str
    lost: str
    is_loud: bool
    other_address: str
    erased_by: DeletionTicket | None
    remembered: bool
    is_readable: bool
    blocks: list[str]
    source: str
    reason: str


@dataclass(frozen=True)
class CameBack:
    """One line on a ticket's page."""

    pk: int
    what: str
    state: str
    tone: str


@dataclass(frozen=True)
class WatchLine:
    """How one account is watched, in sentences; ``failure`` is empty where the last run did what it could.

    ``refused`` says when a refused search is tried again; then an operator may ask for it at once.
    """

    pk: int
    account: str
    how: str
    so_far: str
    failure: str = ""
    refused: str = ""


def reappearance_page(row: Reappearance, *, at: datetime) -> ReappearancePage:
    address, erased_by, remembered = _address(row), erased_since(row), is_remembered(row)
    return ReappearancePage(
        row=row,
        subject=row.erasure.identifier.masked,
        vendor=vendor_label(row.account.vendor),
        tone=TONES[row.status],
        days=count(row.days_after, "day"),
        lost=tell_loss(row, erased_by=erased_by, remembered=remembered, at=at),
        is_loud=lost_an_unsubscribe(row, remembered=remembered) and not is_restored(row) and erased_by is None,
        other_address=mask(Kind.EMAIL, address) if address and _is_another(row, address) else "",
        erased_by=erased_by,
        remembered=remembered,
        is_readable=row.is_readable,
        blocks=[f"{entry.masked} on “{entry.list.title}”" for entry in entries_of(row.ticket.reference)],
        source=dict(Reappearance.Source.choices).get(row.source, row.source),
        reason=_reason(row),
    )


def came_back(ticket: DeletionTicket) -> list[CameBack]:
    """Say on a ticket's page what came back after it, and what it erases again."""
    return [
        CameBack(row.pk, _what(row, ticket), row.get_status_display(), TONES[row.status])
        for row in reappearances_of(ticket)
    ]


def watch_lines(*, at: datetime) -> list[WatchLine]:
    rows = {row.account_id: row for row in Watch.objects.all()}
    accounts = VendorAccount.objects.usable().order_by("name")
    return [_line(account, rows.get(account.pk), at=at) for account in accounts]


def may_lift(user: AbstractUser) -> bool:
    return user.has_perm("suppression.lift_suppressionentry")


def _line(account: VendorAccount, row: Watch | None, *, at: datetime) -> WatchLine:
    people = watched(account, at=at).count()
    if row is None or not people:
        so_far = "The first run has yet to come." if people else "Nobody to watch."
        return WatchLine(account.pk, account.name, "", so_far)
    ran = f"Last run {clock(row.last_run_at, at)}." if row.last_run_at else "No run came to its end yet."
    told = _searched(row, at) if row.mode == Watch.Mode.SEARCH else _found(account, people, at)
    failure = f"The last sweep failed: {row.failure}. The next run tries again." if row.failure else ""
    return WatchLine(account.pk, account.name, row.get_mode_display(), f"{ran} {told}", failure, _refused(row, at))


def _refused(row: Watch, at: datetime) -> str:
    again_at = row.search_again_at
    if again_at is None:
        return ""
    again = f"at {clock(again_at, at)}" if again_at > at else "in the next run"
    return f"Search was refused, last at {clock(row.refused_at, at)}: it is tried again {again}."


def _searched(row: Watch, at: datetime) -> str:
    pages = f" Page {row.next_page} is next." if row.began_at else ""
    return (f"Changes were read up to {clock(row.watermark, at)}." if row.watermark else "") + pages


def _found(account: VendorAccount, people: int, at: datetime) -> str:
    rows = findable(account, at=at)
    oldest, unreadable = rows.first(), people - rows.count()
    told = f"{people:,} people are looked up in turn" if people > 1 else "One person is looked up"
    checked = f", the oldest check {span(at - oldest.seen_at)} ago." if oldest else "."
    redacted = f" {unreadable} cannot be looked up: their tickets are redacted." if unreadable else ""
    return told + checked + redacted


def _what(row: Reappearance, ticket: DeletionTicket) -> str:
    after = f"{row.account.name}, {count(row.days_after, 'day')} after"
    return after if row.ticket_id == ticket.pk else f"erases again what came back after {row.ticket.reference}"


def _address(row: Reappearance) -> str:
    try:
        return evidence_of(row).email
    except VaultError:
        return ""


def _is_another(row: Reappearance, address: str) -> bool:
    try:
        return not is_same(Kind.EMAIL, value_of(row.erasure.identifier, row.ticket), address)
    except VaultError:
        return False


def _reason(row: Reappearance) -> str:
    try:
        return unseal(row.key, row.reason, name=row.reason_name) if row.reason else ""
    except VaultError:
        return "The key of this text was destroyed."
