"""Ask the suppression lists about many addresses at once, before anything could create these people at a vendor."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from apps.privacy.digests import lookups
from apps.privacy.identifiers import InvalidIdentifier, Kind
from apps.suppression.models import SuppressionEntry

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


def _blocked(wanted: Mapping[bytes, list[str]], at: datetime) -> dict[str, str]:
    reasons: dict[str, str] = {}
    values = list(wanted)
    for start in range(0, len(values), _DIGESTS_A_QUERY):
        some = values[start : start + _DIGESTS_A_QUERY]
        entries = SuppressionEntry.objects.blocking(at).filter(digest__in=some)
        for digest, list_name in entries.order_by("pk").values_list("digest", "list__name"):
            for email in wanted[bytes(digest)]:
                reasons.setdefault(email, f"the suppression list “{list_name}” holds this address")
    return reasons
