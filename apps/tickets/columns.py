"""What the columns of an uploaded file may hold, for the people who make one."""

from dataclasses import dataclass

from .models.ticket import Channel, IdentityBasis, Requester
from .regimes import Regime


@dataclass(frozen=True)
class ColumnNote:
    name: str
    holds: str


COLUMN_NOTES = (
    ColumnNote("email", "Address exactly as the vendors know it. Each row needs at least one of the first four."),
    ColumnNote("customer_id", "Your own id of the person."),
    ColumnNote("cookie", "Blueshift cookie."),
    ColumnNote("device_id", "Blueshift device id."),
    ColumnNote(
        "received_at", "When the request came in: 2026-11-21 or 2026-11-21T09:30:00+01:00. Empty: now, flagged."
    ),
    ColumnNote("requested_at", "When the person asked, in the same form."),
    ColumnNote("regime", f"{', '.join(Regime.values)}. Empty: the default of this console."),
    ColumnNote("identity_basis", f"{', '.join(IdentityBasis.values)}. Empty: what is chosen above."),
    ColumnNote("channel", f"{', '.join(Channel.values)}."),
    ColumnNote("requester", f"{', '.join(Requester.values)}."),
    ColumnNote("urgent", "yes or no."),
    ColumnNote("external_ref", "Case number elsewhere, at most 100 characters, nothing personal."),
    ColumnNote("language", "Such as de or pt-BR."),
    ColumnNote("country", "Two letters, such as DE."),
    ColumnNote("note", "Sealed on arrival."),
    ColumnNote("original_request", "The person's own words, sealed on arrival."),
)

TEMPLATE_ROWS = [
    ["email", "customer_id", "received_at", "regime", "identity_basis", "channel", "external_ref"],
    ["jane@example.com", "", "2026-11-21", "gdpr", "logged_in", "email", "CASE-1001"],
    ["", "10042", "", "", "", "", ""],
]
