"""What staff or an upstream system knows of a subject's wish."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .models.ticket import IdentityBasis, Requester


@dataclass(frozen=True)
class Request:
    """A wish to be erased; empty fields take the defaults of the console. ``repr`` shows nothing personal.

    ``own_initiative``: nobody asked, somebody who was brought back is erased again. It has an internal target in place
    of a legal due date.
    """

    identifiers: Mapping[str, str] = field(repr=False)
    identity_basis: str = IdentityBasis.ASKED
    requested_at: datetime | None = None
    received_at: datetime | None = None
    regime: str = ""
    channel: str = ""
    urgent: bool = False
    own_initiative: bool = False
    external_ref: str = ""
    language: str = ""
    country: str = ""
    requester: str = Requester.SELF
    note: str = field(default="", repr=False)
    original_request: str = field(default="", repr=False)
