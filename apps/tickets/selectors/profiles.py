"""The profiles that one address has at a vendor, as a page may show them: masked, and only while the snapshot lasts."""

from dataclasses import dataclass

from apps.audit.selectors import Kept, kept_in
from apps.privacy.identifiers import Kind, mask
from apps.privacy.vault import VaultError
from apps.tickets.models import Erasure
from apps.tickets.moments import count
from apps.tickets.records import plain
from apps.tickets.sharing import is_choice_open, spared
from apps.tickets.states import SENDABLE_ERASURE, Choice, ErasureStatus
from apps.tickets.verdicts import MOST_ROUNDS
from apps.vendors.accounts import AccountError, Options
from apps.vendors.registry import client_class
from apps.vendors.selectors import configuration_of

from .identifiers import value_of

SHORT, TAIL = 8, 4  # characters at both ends of a vendor's id that tell two records apart


@dataclass(frozen=True)
class ProfileRow:
    """One profile: its masked customer id, and what else tells it apart. ``abuse`` names fields, never their words.

    ``number`` is its place in the snapshot. Masks look alike, so customers are numbered too: one number is one id.
    """

    number: int
    uuid: str
    customer: str
    since: str
    tags: int
    fields: int
    state: str
    abuse: str
    can_be_ticked: bool
    is_spared: bool

    @property
    def short(self) -> str:
        return self.uuid if len(self.uuid) <= SHORT + TAIL else f"{self.uuid[:SHORT]}…{self.uuid[-TAIL:]}"


@dataclass(frozen=True)
class Held:
    """What a vendor holds and how it is asked for: profiles, plain notes, and whose the profiles are."""

    profiles: list[ProfileRow]
    notes: list[str]
    choice: str
    choice_is_open: bool


def held_by(erasure: Erasure) -> Held:
    """Gather what a card says about profiles; needs ``before`` with its key, ``identifier`` and ``ticket`` loaded."""
    rows = profile_rows(erasure)
    notes = [going_on(erasure), losses(erasure, rows), abuse_notes(rows), spellings_tried(erasure)]
    return Held(rows, [note for note in notes if note], chosen(erasure), is_choice_open(erasure))


def profile_rows(erasure: Erasure) -> list[ProfileRow]:
    """Return the profiles of the before snapshot; none once its contents are destroyed or cannot be read."""
    try:
        kept = kept_in(erasure.before) if erasure.before else []
    except VaultError:
        return []
    options, alone = options_of(erasure), spared(erasure)
    owners = list(dict.fromkeys(profile.customer_id for profile in kept if profile.customer_id))
    return [
        _row(number, profile, owners, options, is_spared=plain(profile.uuid) in alone)
        for number, profile in enumerate(kept, start=1)
    ]


def losses(erasure: Erasure, rows: list[ProfileRow]) -> str:
    """Count what the deletion takes along, while it can still be stopped; names and values are the snapshot's."""
    leaving = [row for row in rows if not row.is_spared]
    tags, fields = sum(row.tags for row in leaving), sum(row.fields for row in leaving)
    if not (tags or fields) or not erasure.is_open or erasure.status not in SENDABLE_ERASURE:
        return ""
    return f"Deletion loses {count(tags, 'tag')} and {count(fields, 'filled field')}."


def abuse_notes(rows: list[ProfileRow]) -> str:
    """Say which fields hold notes about abuse: they are gone at the vendor after the deletion."""
    names = sorted({name for row in rows for name in row.abuse.split(", ") if name})
    return f"Abuse notes: kept in the snapshot ({', '.join(names)})." if names else ""


def spellings_tried(erasure: Erasure) -> str:
    """Say under which spellings the vendor was asked: with capitals, under both."""
    if erasure.before is None:
        return ""
    try:
        value = value_of(erasure.identifier, erasure.ticket)
    except VaultError:
        return ""
    return "Searched as typed." if value == value.lower() else "Searched as typed, and in lower case."


def going_on(erasure: Erasure) -> str:
    """Say how many requests this takes, and where it stands between them."""
    left = count(len(erasure.uuids_left), "profile")
    if not erasure.is_open:
        return ""
    if erasure.round > 1:
        return f"Round {erasure.round} of at most {MOST_ROUNDS}: {left} left at the last look."
    if erasure.choice == Choice.TICKED and erasure.status != ErasureStatus.QUEUED:
        return f"Asked for one by one: {left} left at the last look."
    return _requests(erasure) if erasure.requests_needed > 1 else ""


def chosen(erasure: Erasure) -> str:
    """Say what was chosen for profiles with different customer ids, or that somebody has to choose."""
    if is_choice_open(erasure):
        return _choose_first(erasure) if erasure.is_open and not erasure.ticket.is_closed else ""
    by = f" Chosen by {erasure.chosen_by.get_username()}." if erasure.chosen_by else ""
    if erasure.choice == Choice.ALL:
        return f"All of these profiles belong to this person.{by}"
    if erasure.choice != Choice.TICKED:
        return ""
    left = count(len(spared(erasure)), "profile")
    return f"{count(len(erasure.chosen_uuids), 'profile')} ticked for erasure; {left} left alone, never asked for.{by}"


def _choose_first(erasure: Erasure) -> str:
    return (
        f"These profiles carry {erasure.before.owners} different customer ids, so they may belong to different people. "
        "Nothing leaves until an approver chooses whose are erased."
    )


def _requests(erasure: Erasure) -> str:
    if erasure.choice == Choice.TICKED:
        return f"{erasure.requests_needed} requests needed, one for each customer id."
    at_once = client_class(erasure.account.vendor).erases_at_once(options_of(erasure))
    more = f", and no more than {MOST_ROUNDS} are sent" if erasure.requests_needed > MOST_ROUNDS else ""
    return f"{erasure.requests_needed} requests needed: one takes {count(at_once or 1, 'profile')} at most{more}."


def _row(number: int, kept: Kept, owners: list[str], options: Options, *, is_spared: bool) -> ProfileRow:
    states = [
        "left alone" if is_spared else "",
        "unsubscribed" if kept.unsubscribed else "",
        "" if kept.personal else "anonymized",
    ]
    return ProfileRow(
        number=number,
        uuid=kept.uuid,
        customer=_customer(kept.customer_id, owners),
        since=(kept.created_at or "")[:10],
        tags=kept.tags,
        fields=len(kept.fields),
        state=", ".join(state for state in states if state),
        abuse=", ".join(name for name in kept.fields if name in options.abuse_fields),
        can_be_ticked=bool(kept.customer_id),
        is_spared=is_spared,
    )


def _customer(customer_id: str, owners: list[str]) -> str:
    if not customer_id:
        return "no customer id"
    return f"{owners.index(customer_id) + 1} ({mask(Kind.CUSTOMER_ID, customer_id)})"


def options_of(erasure: Erasure) -> Options:
    try:
        return configuration_of(erasure.account).options
    except AccountError:
        return Options()
