"""Ask the suppression lists: before anything could create people at a vendor, and when tickets are opened for them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from apps.privacy.digests import lookups
from apps.privacy.identifiers import InvalidIdentifier, Kind
from apps.privacy.vault import VaultError
from apps.suppression.models import SuppressionEntry
from apps.suppression.selectors import Block, blocks
from apps.tickets.models import DeletionTicket
from apps.tickets.rows import Row
from apps.tickets.states import BEFORE_APPROVAL

from .identifiers import identifiers_of

_DIGESTS_A_QUERY = 500


def reasons_not_to_create(emails: Iterable[str], *, at: datetime) -> dict[str, str]:
    """Return a reason for each address that a list blocks, or that cannot be looked up in one; silence is consent."""
    reasons: dict[str, str] = {}
    wanted: defaultdict[bytes, list[str]] = defaultdict(list)
    for email in dict.fromkeys(emails):
        try:
            for digest in lookups(Kind.EMAIL, email):
                wanted[digest.value].append(email)
        except InvalidIdentifier as error:
            reasons[email] = str(error).rstrip(".")
    return reasons | _blocked(wanted, at)


def suppressed_lines(rows: Iterable[Row], *, at: datetime) -> list[int]:
    """Return the lines of those requests whose subject a list holds already; such a ticket is opened all the same."""
    lines: defaultdict[bytes, list[int]] = defaultdict(list)
    for row in rows:
        for kind, value in row.request.identifiers.items() if row.request else ():
            for digest in lookups(kind, value):
                lines[digest.value].append(row.line)
    return sorted({line for digest, _ in _entries(lines, at) for line in lines[digest]})


def held_already(ticket: DeletionTicket, *, at: datetime) -> list[Block]:
    """Return what blocks a ticket's identifiers before its approval has; nothing once the ticket was redacted."""
    if ticket.status not in BEFORE_APPROVAL:
        return []
    try:
        identifiers = identifiers_of(ticket)
    except VaultError:
        return []
    return [block for kind, value in identifiers.items() for block in blocks(kind, value, at)]


def _blocked(wanted: Mapping[bytes, list[str]], at: datetime) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for digest, list_name in _entries(wanted, at):
        for email in wanted[digest]:
            reasons.setdefault(email, f"the suppression list “{list_name}” holds this address")
    return reasons


def _entries(wanted: Iterable[bytes], at: datetime) -> Iterator[tuple[bytes, str]]:
    values = list(wanted)
    for start in range(0, len(values), _DIGESTS_A_QUERY):
        some = values[start : start + _DIGESTS_A_QUERY]
        entries = SuppressionEntry.objects.blocking(at).filter(digest__in=some)
        for digest, list_name in entries.order_by("pk").values_list("digest", "list__name"):
            yield bytes(digest), list_name
