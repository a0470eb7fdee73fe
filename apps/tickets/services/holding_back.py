"""Ask the suppression lists about many addresses at once, before anything could create these people at a vendor."""

from collections.abc import Iterable
from datetime import datetime

from apps.privacy.identifiers import Kind
from apps.suppression.selectors import Answer
from apps.suppression.services import hold_back
from apps.vendors.models import VendorAccount


def reasons_not_to_create(account: VendorAccount, emails: Iterable[str], *, at: datetime) -> dict[str, str]:
    """Return a reason for each address that a list blocks there, or that cannot be looked up; silence is consent.

    Each is counted as a match of what blocks it.
    """
    asked = list(dict.fromkeys(emails))
    answers = hold_back(((Kind.EMAIL.value, email) for email in asked), at=at, account=account)
    reasons = {email: _reason(answer) for email, answer in zip(asked, answers, strict=True)}
    return {email: reason for email, reason in reasons.items() if reason}


def _reason(answer: Answer) -> str:
    if answer.problem:
        return answer.problem.rstrip(".")
    return f"the suppression list “{answer.hits[0].list_name}” holds this address" if answer.hits else ""
