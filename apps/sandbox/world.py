"""Everything the sandbox remembers while it runs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .clock import Clock
from .effects import Effects
from .faults import Faults
from .journal import Journal
from .knobs import Knobs
from .people import People, Visitor

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
Apply = Callable[[dict[str, Any], datetime], None]


class World:
    """State shared by the vendors and the control interface; whoever touches it holds the switchboard's lock."""

    def __init__(self, knobs: Knobs, journal: Journal) -> None:
        self.journal = journal
        self.clock = Clock()
        self.faults = Faults()
        self.appliers: dict[str, Apply] = {}
        self.has_changed = False
        self._first_knobs = knobs
        self.restart()

    def restart(self) -> None:
        """Forget everybody and everything but the settings of the start; a journal on disk stays."""
        self.knobs = self._first_knobs
        self.people = People()
        self.effects = Effects()
        self.clock.reset()
        self.faults.withdraw_all()
        self.journal.forget()

    def schedule(self, action: str, facts: dict[str, Any], delay: float) -> None:
        self.effects.schedule(action, facts, at=self.clock.now(), delay=delay)

    def settle(self, *, everything: bool = False) -> None:
        """Apply every effect whose time has come, or really every one."""
        now = self.clock.now()
        while effect := self.effects.next_due(END_OF_TIME if everything else now):
            self.appliers[effect.action](effect.facts, now)
            self.has_changed = True

    def visitor_at(self, email: str) -> Visitor | None:
        """Return Bento's visitor with this address; whether capitals matter is a setting."""
        found = self.people.visitors.at(email, exact=self.knobs.bento_case_sensitive)
        return found[0] if found and email else None

    def dump(self) -> dict[str, Any]:
        return {"people": self.people.dump(), "effects": self.effects.dump()}

    def load(self, dump: dict[str, Any]) -> None:
        self.people.load(dump["people"])
        self.effects.load(dump["effects"])
