"""What a person reads on a ticket's page about one erasure."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape

from django.test import Client
from django.urls import reverse

from apps.tickets.attention import Attention
from apps.tickets.models import DeletionTicket
from apps.tickets.selectors.cards import Card
from apps.tickets.selectors.pages import TicketPage, load_ticket, ticket_page


@dataclass(frozen=True)
class Shown:
    """The ticket's state, the erasure's, what the answer means, why a person is needed, and what holds the account.

    A look has the last word, so after one the words of the answer before it are history and left out.
    """

    ticket: str
    erasure: str
    words: str = ""
    needs: str = ""
    account: str = ""

    def held(self, account: str) -> "Shown":
        return replace(self, account=account)

    def __str__(self) -> str:
        parts = [self.ticket, f"*{self.erasure}*", f"“{self.words}”" if self.words else ""]
        parts += [
            f"needs a person: {self.needs}" if self.needs else "",
            f"account: {self.account}" * bool(self.account),
        ]
        return "; ".join(part for part in parts if part)


def shown_to(client: Client, ticket: DeletionTicket, account: str) -> Shown:
    """Read the page, and refuse to tell what does not stand on it."""
    page = ticket_page(load_ticket(ticket.pk), datetime.now(UTC))
    [erasure, card] = next(pair for pair in zip(page.erasures, page.cards, strict=True) if pair[1].account == account)
    seen = Shown(
        ticket=page.standing.word,
        erasure=card.standing.word,
        words="" if card.settled_by_look or card.answer is None else card.answer.text,
        needs=str(Attention(erasure.attention).label) if erasure.attention and erasure.is_open else "",
        account=_hold(page, card),
    )
    text = text_of(client, ticket)
    missing = [part for part in (seen.ticket, seen.erasure, seen.words, seen.needs) if part.lower() not in text]
    assert missing == []
    return seen


def text_of(client: Client, ticket: DeletionTicket) -> str:
    """Return the page's text in lower case; markup of a vendor would have become an element of the page."""
    html = client.get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk])).content.decode()
    assert "<script>alert" not in html
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split())).lower()


def _hold(page: TicketPage, card: Card) -> str:
    account = next(erasure.account for erasure in page.erasures if erasure.pk == card.pk)
    if account.is_paused:
        return account.get_pause_code_display()
    return "busy" if any("is busy until" in wait for wait in page.waits) else ""
