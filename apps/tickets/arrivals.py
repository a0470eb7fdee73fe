"""Whether a request of an erasure may have reached its vendor: one rule, asked of the attempts.

Neither the status nor a doubt tells. A look that still finds the person settles the doubt, and the vendor may carry the
request out afterwards: then an unsubscribe creates the person anew, and an exemption covers up what happened.
"""

from django.db.models import Exists, OuterRef, Q

from apps.vendors.clients.errors import Outcome

from .models import Attempt, Erasure

_WITHOUT_EFFECT = frozenset(
    {Outcome.BUSY, Outcome.UNREACHED, Outcome.TLS_FAILED, Outcome.KEY_REFUSED, Outcome.REJECTED},
)
MAY_HAVE_ARRIVED = Q(Exists(Attempt.objects.filter(erasure=OuterRef("pk")).exclude(outcome__in=_WITHOUT_EFFECT)))


def may_have_arrived(erasure: Erasure) -> bool:
    """Ask MAY_HAVE_ARRIVED of one row: without a query where its attempts are loaded."""
    return any(attempt.outcome not in _WITHOUT_EFFECT for attempt in erasure.attempts.all())
