"""Why somebody did something: asked for wherever an act ends or holds back a person's wish."""

from apps.tickets.errors import TicketError


def require_reason(text: str) -> None:
    """Raise TicketError for a blank reason."""
    if not text.strip():
        raise TicketError("Write a reason: the record has to say why.")
