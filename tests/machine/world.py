"""What two vendors truly hold and answer, while everything the console does is the console's own."""

from dataclasses import dataclass, field

from apps.tickets.services.claiming import Step
from apps.tickets.services.sighting import Sighting
from apps.tickets.states import Spelling
from apps.vendors.clients.answers import Look, Profile, Receipt
from apps.vendors.clients.errors import Outcome, VendorError, error_class

STATUS = {
    Outcome.ABSENT: 404,
    Outcome.ABSENT_UNSURE: 404,
    Outcome.REJECTED: 422,
    Outcome.KEY_REFUSED: 401,
    Outcome.BUSY: 429,
    Outcome.MAYBE_ARRIVED: 504,
    Outcome.UNKNOWN: 202,
    Outcome.HTML_SUCCESS: 200,
    Outcome.REDIRECTED: 302,
    Outcome.WRONG_ADDRESS: 404,
}
NEVER_LEFT = frozenset({Outcome.UNREACHED, Outcome.TLS_FAILED})
WITHOUT_EFFECT = NEVER_LEFT | {Outcome.BUSY, Outcome.KEY_REFUSED, Outcome.REJECTED}
UNSURE = frozenset({Outcome.MAYBE_ARRIVED, Outcome.UNKNOWN, Outcome.HTML_SUCCESS})
LOOKS_FAIL_WITH = (Outcome.MAYBE_ARRIVED, Outcome.UNREACHED, Outcome.BUSY, Outcome.KEY_REFUSED, Outcome.WRONG_ADDRESS)


@dataclass
class World:
    """Who is held where, under which of the vendor's ids; and how many requests each account has truly received."""

    held: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def add(self, account: str, email: str) -> None:
        self.made += 1
        self.held.setdefault((account, email), []).append(f"uuid-{self.made}")

    def holds(self, account: str, email: str) -> list[str]:
        return self.held.get((account, email), [])

    def receive(self, step: Step, *, outcome: Outcome, has_effect: bool) -> Receipt | VendorError:
        """Answer one deletion; what was refused, or never left, has no effect whatever was drawn."""
        account = step.erasure.account.name
        if outcome not in NEVER_LEFT:
            self.received[account] = self.received.get(account, 0) + 1
        if outcome == Outcome.ACCEPTED or has_effect and outcome in UNSURE:
            self.held.pop((account, step.value.lower()), None)
        if outcome == Outcome.ACCEPTED:
            return Receipt(200, "request", "ok")
        return error_class(outcome)("Drawn.", outcome=outcome, http_status=STATUS.get(outcome))

    def show(self, step: Step) -> Sighting:
        """Tell the truth to a look."""
        profiles = tuple(Profile(uuid) for uuid in self.holds(step.erasure.account.name, step.value.lower()))
        return Sighting(Look(profiles, repr(profiles).encode(), 200, ""), Spelling.TYPED)


def failed_look(outcome: Outcome) -> VendorError:
    return error_class(outcome)("Drawn.", outcome=outcome, http_status=STATUS.get(outcome))
