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

from .identifiers import value_of
from .reappearances import evidence_of, is_same_address, reappearances_of
from .watched import findable, watched

TONES = {"open": "warn", "by_choice": "idle", "reimported": "busy"}


@dataclass(frozen=True)
class ReappearancePage:
    """What the page shows but its forms; ``other_address`` is set where the record carries another one now."""

    row: Reappearance
    subject: str
    vendor: str
    tone: str
    days: str
    lost: str
    is_loud: bool
    other_address: str
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
    """How one account is watched, in sentences; ``failure`` is empty where the last run did what it could."""

    account: str
    how: str
    so_far: str
    failure: str


def reappearance_page(row: Reappearance) -> ReappearancePage:
    address = _address(row)
    return ReappearancePage(
        row=row,
        subject=row.erasure.identifier.masked,
        vendor=vendor_label(row.account.vendor),
        tone=TONES[row.status],
        days=count(row.days_after, "day"),
        lost=_lost(row),
        is_loud=lost_an_unsubscribe(row),
        other_address=mask(Kind.EMAIL, address) if address and _is_another(row, address) else "",
        is_readable=row.key.shredded_at is None,
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


def lost_an_unsubscribe(row: Reappearance) -> bool:
    """Tell whether somebody who had unsubscribed is back without it; needs the before snapshot loaded."""
    return _unsubscribed_before(row) is True and row.unsubscribed is not True


def may_lift(user: AbstractUser) -> bool:
    return user.has_perm("suppression.lift_suppressionentry")


def _line(account: VendorAccount, row: Watch | None, *, at: datetime) -> WatchLine:
    people = watched(account, at=at).count()
    if row is None or not people:
        return WatchLine(account.name, "", "The first run has yet to come." if people else "Nobody to watch.", "")
    ran = f"Last run {clock(row.last_run_at, at)}." if row.last_run_at else "No run came to its end yet."
    told = _searched(row, at) if row.mode == Watch.Mode.SEARCH else _found(account, people, at)
    failure = f"The last sweep failed: {row.failure}. The next run tries again." if row.failure else ""
    return WatchLine(account.name, row.get_mode_display(), f"{ran} {told}", failure)


def _searched(row: Watch, at: datetime) -> str:
    pages = f" Page {row.next_page} is next." if row.began_at else ""
    return (f"Changes were read up to {clock(row.watermark, at)}." if row.watermark else "") + pages


def _found(account: VendorAccount, people: int, at: datetime) -> str:
    rows = findable(account, at=at)
    oldest, unreadable = rows.first(), people - rows.count()
    told = f"{people:,} people are looked up in turn" if people > 1 else "One person is looked up"
    checked = f", the oldest check {span(at - oldest.seen_at)} ago." if oldest else "."
    redacted = f" {unreadable} cannot be looked up: their tickets are open or redacted." if unreadable else ""
    return told + checked + redacted


def _what(row: Reappearance, ticket: DeletionTicket) -> str:
    after = f"{row.account.name}, {count(row.days_after, 'day')} after"
    return after if row.ticket_id == ticket.pk else f"erases again what came back after {row.ticket.reference}"


def _unsubscribed_before(row: Reappearance) -> bool | None:
    return row.erasure.before.unsubscribed if row.erasure.before else None


def _lost(row: Reappearance) -> str:
    before = _unsubscribed_before(row)
    if lost_an_unsubscribe(row):
        return "Was unsubscribed before the deletion, and is not any more: mail may go out."
    if before is None:
        return "Not known: no snapshot before the deletion says so."
    now = {True: "unsubscribed", False: "subscribed", None: "not told"}[row.unsubscribed]
    return f"{'Unsubscribed' if before else 'Subscribed'} before the deletion, {now} now."


def _address(row: Reappearance) -> str:
    try:
        return evidence_of(row).email
    except VaultError:
        return ""


def _is_another(row: Reappearance, address: str) -> bool:
    try:
        return not is_same_address(value_of(row.erasure.identifier, row.ticket), address)
    except VaultError:
        return False


def _reason(row: Reappearance) -> str:
    try:
        return unseal(row.key, row.reason, name=row.reason_name) if row.reason else ""
    except VaultError:
        return "The key of this text was destroyed."
