"""What the API takes and answers. Unknown fields are refused: a misspelt one would silently mean something else."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST = 10_000
KINDS = Literal["email", "customer_id", "cookie", "device_id"]


class Taken(BaseModel):
    """A body: no type is bent to fit, and an error never repeats what was sent."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Asked(Taken):
    """An identifier as the upstream system knows it."""

    kind: KINDS = Field(description="How the person is known.", examples=["email"])
    value: Annotated[str, Field(max_length=1000)] = Field(
        description="As typed; spaces around it, capitals and the spelling of the domain do not matter.",
        examples=["ann@example.org"],
    )


class Check(Taken):
    """Whom to look for."""

    identifiers: Annotated[list[Asked], Field(min_length=1, max_length=MOST)] = Field(
        description="Up to 10,000 a call, in a body of up to 2.5 MB."
    )


class Answered(BaseModel):
    """The answer to the identifier in the same place."""

    status: Literal["clear", "blocked", "unreadable"] = Field(
        description="`clear`: no list blocks it. `blocked`: do not mail it for marketing, do not import it. "
        "`unreadable`: it can identify nobody, so nothing is known; treat it as blocked."
    )
    lists: list[str] = Field(default_factory=list, description="The lists that block it.")
    since: datetime | None = Field(default=None, description="Since when the first of them does.")
    problem: str = Field(default="", description="Why it is unreadable; the value is not repeated.")


class Checked(BaseModel):
    """The answers, in the order of the question."""

    answers: list[Answered]
    blocked: int = Field(description="How many are blocked.")


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
