"""The profiles that one address has at a vendor, as a page may show them: masked, and only while the snapshot lasts."""

from dataclasses import dataclass

from apps.audit.selectors import Kept, kept_in
from apps.privacy.identifiers import Kind, mask
from apps.privacy.vault import VaultError
from apps.tickets.models import Erasure
from apps.tickets.moments import count
from apps.tickets.records import plain
from apps.tickets.sharing import is_choice_open, spared
from apps.tickets.states import Choice, ErasureStatus, Spelling
from apps.tickets.verdicts import MOST_ROUNDS
from apps.vendors.accounts import AccountError, Options
from apps.vendors.registry import client_class
from apps.vendors.selectors import configuration_of

from .identifiers import value_of

SHORT = 8  # characters of a vendor's id that tell two records apart


@dataclass(frozen=True)
class ProfileRow:
    """One profile: its masked customer id, and what else tells it apart. ``abuse`` names fields, never their words."""

    uuid: str
    customer: str
    since: str
    state: str
    abuse: str
    can_be_ticked: bool

    @property
    def short(self) -> str:
        return self.uuid[:SHORT]


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
    notes = [going_on(erasure), abuse_notes(rows), spellings_tried(erasure)]
    return Held(rows, [note for note in notes if note], chosen(erasure), is_choice_open(erasure))


def profile_rows(erasure: Erasure) -> list[ProfileRow]:
    """Return the profiles of the before snapshot; none once its contents are destroyed or cannot be read."""
    try:
        kept = kept_in(erasure.before) if erasure.before else []
    except VaultError:
        return []
    options, alone = _options(erasure), spared(erasure)
    return [_row(profile, options, is_spared=plain(profile.uuid) in alone) for profile in kept]


def abuse_notes(rows: list[ProfileRow]) -> str:
    """Say which fields hold notes about abuse: they are gone at the vendor after the deletion."""
    names = sorted({name for row in rows for name in row.abuse.split(", ") if name})
    return f"Abuse notes: kept in the snapshot ({', '.join(names)})." if names else ""


def spellings_tried(erasure: Erasure) -> str:
    """Say under which spellings the vendor was asked; lower case follows only where nobody was found as typed."""
    if erasure.before is None:
        return ""
    try:
        value = value_of(erasure.identifier, erasure.ticket)
    except VaultError:
        return ""
    again = erasure.spelling == Spelling.LOWERCASE or (not erasure.before.profiles and value != value.lower())
    return "Searched as typed, then in lower case." if again else "Searched as typed."


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
    at_once = client_class(erasure.account.vendor).erases_at_once(_options(erasure))
    more = f", and no more than {MOST_ROUNDS} are sent" if erasure.requests_needed > MOST_ROUNDS else ""
    return f"{erasure.requests_needed} requests needed: one takes {count(at_once or 1, 'profile')} at most{more}."


def _row(kept: Kept, options: Options, *, is_spared: bool) -> ProfileRow:
    states = [
        "left alone" if is_spared else "",
        "unsubscribed" if kept.unsubscribed else "",
        "" if kept.personal else "anonymized",
    ]
    return ProfileRow(
        uuid=kept.uuid,
        customer=mask(Kind.CUSTOMER_ID, kept.customer_id) if kept.customer_id else "no customer id",
        since=(kept.created_at or "")[:10],
        state=", ".join(state for state in states if state),
        abuse=", ".join(name for name in kept.fields if name in options.abuse_fields),
        can_be_ticked=bool(kept.customer_id),
    )


def _options(erasure: Erasure) -> Options:
    try:
        return configuration_of(erasure.account).options
    except AccountError:
        return Options()
