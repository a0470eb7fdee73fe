"""What the API takes and answers. Unknown fields are refused: a misspelt one would silently mean something else."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .moments import Moment
from .opendsr import OpenDsr

MOST = 10_000
KINDS = Literal["email", "customer_id", "cookie", "device_id", "email_sha256", "digest"]


class Taken(BaseModel):
    """A body: no type is bent to fit, and an error never repeats what was sent."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Asked(Taken):
    """An identifier as the upstream system knows it."""

    kind: KINDS = Field(
        description="How the person is known: by the address, where you have it. `email_sha256`: SHA-256 in hex of the "
        "lower-case address; it never answers `clear`. `digest`: made with a pepper of the console, as `KEY_ID:HEX`; "
        "it answers `clear` only while one pepper is active and, for addresses, no list holds an `email_sha256`.",
        examples=["email"],
    )
    value: Annotated[str, Field(max_length=1000)] = Field(
        description="As typed; spaces around it, capitals and the spelling of the domain do not matter.",
        examples=["ann@example.org"],
    )


class Check(Taken):
    """Whom to look for."""

    identifiers: Annotated[list[Asked], Field(min_length=1, max_length=MOST)] = Field(
        description="Up to 10,000 a call, in a body of up to 2.5 MB."
    )
    account: str = Field(
        default="",
        max_length=63,
        pattern=r"^[a-z0-9_]+$",
        description="A vendor account: lists that are for other accounts only do not count. Left out: every list does.",
    )


class Answered(BaseModel):
    """The answer to the identifier in the same place."""

    status: Literal["clear", "blocked", "unreadable", "unsure"] = Field(
        description="`clear`: no list blocks it. `blocked`: do not mail it for marketing, do not import it. "
        "`unreadable`: it can identify nobody, so nothing is known; treat it as blocked. `unsure`: a SHA-256 or digest "
        "that finds nobody, while somebody may stand on a list all the same; ask with the address, and until then "
        "treat it as blocked."
    )
    lists: list[str] = Field(default_factory=list, description="The lists that block it.")
    since: datetime | None = Field(default=None, description="Since when the first of them does.")
    problem: str = Field(
        default="", description="Why it is unreadable or unsure, and what to do; the value is not repeated."
    )


class Checked(BaseModel):
    """The answers, in the order of the question."""

    answers: list[Answered]
    blocked: int = Field(description="How many are blocked.")


# What no address and no id can hold; the rest of the rules, such as what a domain is, no pattern can say.
_NO_CONTROL = r"\x00-\x1f\x7f-\x9f"
ADDRESS = rf"^\s*[^@\s{_NO_CONTROL}]{{1,64}}@[^@\s\x00-,/:-@\[-`{{-\x9f]+\s*$"
ID = rf"^[^{_NO_CONTROL}]*[^\s{_NO_CONTROL}][^{_NO_CONTROL}]*$"


def _id(words: str) -> str:
    return Field(default="", max_length=255, pattern=ID, description=words)


class Identifiers(Taken):
    """How the vendors know the person, at least one of them, each as typed."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    email: str = Field(
        default="", max_length=254, pattern=ADDRESS, examples=["ann@example.org"], description="One address."
    )
    customer_id: str = _id("Your own id, where a vendor knows it.")
    cookie: str = _id("A cookie of a vendor.")
    device_id: str = _id("A device id of a vendor.")


class Intake(Taken):
    """A person's wish to be erased, and what is known about it; everything but the identifiers may be left out."""

    identifiers: Identifiers
    regime: Literal["gdpr", "uk_gdpr", "ccpa", "lgpd", "other"] | None = Field(
        default=None, description="The law the clock follows; the console's usual one where it is left out."
    )
    requested_at: Moment | None = Field(default=None, description="When the person asked.")
    received_at: Moment | None = Field(
        default=None, description="When the request reached you: the legal clock starts. Left out: now."
    )
    identity_basis: Literal["logged_in", "answered", "document", "authority", "elsewhere", "asked"] = Field(
        default="asked",
        description="How you checked who asks. `asked`: not yet; the ticket waits until somebody has.",
    )
    channel: Literal["email", "form", "phone", "letter", "chat", "api", "other"] = "api"
    requester: Literal["self", "agent", "parent"] = "self"
    urgent: bool = False
    external_ref: str = Field(
        default="",
        max_length=100,
        pattern=r"^[A-Za-z0-9 ._:/#+-]+$",
        description="Your own number of the request. Shown in clear, so never an address.",
    )
    language: str = Field(default="", max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", examples=["pt-BR"])
    country: str = Field(default="", pattern=r"^[A-Z]{2}$", examples=["DE"])
    note: str = Field(default="", max_length=10_000, description="For staff; sealed under the ticket's own key.")
    original_request: str = Field(default="", max_length=50_000, description="The person's own words; sealed likewise.")


class Opened(BaseModel):
    """The ticket that takes care of the request."""

    reference: str = Field(examples=["DEL-2026-000123"])
    status: str = Field(examples=["awaiting_identity"])
    status_words: str = Field(examples=["Waiting for identity"])
    received_at: datetime
    due_at: datetime = Field(description="The end of the legal period.")


class OpenedNow(Opened):
    """The ticket, and what whoever sends the request wants to know at once."""

    suppressed: bool | None = Field(
        default=None,
        description="Whether a list blocks one of the identifiers at this moment; the ticket is opened either way. "
        "Told only to a token that also carries the scope `check`.",
    )


class ErasureState(BaseModel):
    """One identifier at one vendor account."""

    account: str
    vendor: str
    kind: str
    status: str
    words: str = Field(description="What that means. Accepted is not erased: only a look afterwards proves it.")
    forecast_at: datetime | None = Field(description="When the answer that settles it is expected.")
    accepted_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None


class TicketState(Opened):
    """Where a ticket stands, without anything personal."""

    resolution: str = Field(description="How it ended; empty while it is open.")
    resolution_words: str
    opendsr_status: OpenDsr = Field(
        description="The nearest word of OpenDSR 2.0. It has none for failure: a partly erased ticket stays "
        "`in_progress`; one that was denied, or ended with nothing erased, is `cancelled`."
    )
    on_hold: bool
    closed_at: datetime | None
    covered_by: str = Field(description="The ticket that takes care of the person, where this one is a duplicate.")
    erasures: list[ErasureState]


class Address(Taken):
    """An address; the entry of its SHA-256 ends with it."""

    kind: Literal["email"]
    value: str = Field(max_length=254, pattern=ADDRESS, examples=["ann@example.org"])


class OtherId(Taken):
    """An id that is no address."""

    kind: Literal["customer_id", "cookie", "device_id"]
    value: str = Field(max_length=255, pattern=ID)


class Sha256(Taken):
    """The SHA-256 of a lower-case address, in hex, where a list holds no more than that."""

    kind: Literal["email_sha256"]
    value: str = Field(pattern=r"^[0-9a-fA-F]{64}$")


class Lift(Taken):
    """Whose block ends, and what shows that it may."""

    identifier: Annotated[Address | OtherId | Sha256, Field(discriminator="kind")]
    list_name: str = Field(
        default="", max_length=63, pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Left out: every list."
    )
    reason: Literal["came_back", "added_in_error"]
    evidence: str = Field(
        min_length=1,
        max_length=10_000,
        pattern=r"\S",
        description="What shows it: the person's own words, or a reference to them. Sealed; opening it is an event.",
        examples=["Signed up again on 2026-11-21, double opt-in 4711"],
    )


class Lifted(BaseModel):
    """What a lift ended."""

    lifted: int = Field(description="How many blocks; 0 where none stood, as after a repeated call.")


class Health(BaseModel):
    """What whoever balances load may know."""

    status: Literal["ok"]


class Fault(BaseModel):
    """One field that is not as documented."""

    where: str = Field(examples=["identifiers.3.kind"])
    problem: str


class ProblemDocument(BaseModel):
    """Why a call was refused, as RFC 9457 says it; nothing of what was sent is repeated."""

    type: str = Field(description="Names the kind of problem, and leads to its explanation.")
    title: str
    status: int
    detail: str
    next_step: str = Field(description="What to do now.")
    errors: list[Fault] = Field(default_factory=list)
