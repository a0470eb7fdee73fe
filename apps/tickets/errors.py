"""What the tickets app refuses: one base, one full sentence for the person at the screen, nothing personal in it."""

from dataclasses import dataclass


class TicketError(Exception):
    """An act on one ticket or erasure was refused and nothing was changed."""


@dataclass(frozen=True)
class Refusal:
    """One ticket that an act on many had to leave as it is."""

    reference: str
    reason: str

    def __str__(self):
        return f"{self.reference}: {self.reason}"
