"""Give upstream systems access, and take it away again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model

from apps.api.errors import ApiError
from apps.api.models import ApiClient, ApiToken
from apps.api.scopes import Scope
from apps.api.token_text import new_token, read_token
from apps.audit.actors import Actor
from apps.audit.services import deed, record

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST = timedelta(days=366)
PER_MINUTE = 600
FASTEST = 100_000


class BadClient(ApiError):
    """No client can be added like this."""


class BadToken(ApiError):
    """No token can be issued like this, or it is revoked already."""


@dataclass(frozen=True)
class Terms:
    """What a token may do, until when and how often."""

    scopes: Sequence[str]
    expires_at: datetime
    per_minute: int = PER_MINUTE


@dataclass(frozen=True)
class Issued:
    """A new token with its text, which nobody can read again."""

    token: ApiToken
    text: str = field(repr=False)


@deed()
def add_client(name: str, *, purpose: str, by: Actor, at: datetime) -> ApiClient:
    """Add an upstream system with a service user that no page lets in; raise NotAllowed or BadClient."""
    by.require("api.add_apiclient")
    _refuse_bad_client(name, purpose)
    user = get_user_model().objects.create_user(f"api-{name}", is_staff=False)
    client = ApiClient.objects.create(name=name, purpose=purpose, user=user, created_at=at)
    record("api.client_added", _subject(client), by=by, at=at)
    return client


@deed()
def issue_token(client: ApiClient, terms: Terms, *, by: Actor, at: datetime) -> Issued:
    """Issue a token and return its text, which is stored nowhere; raise NotAllowed or BadToken."""
    by.require("api.add_apitoken")
    _refuse_bad_terms(terms, at)
    text = new_token()
    secret = read_token(text)
    token = ApiToken.objects.create(
        client=client,
        public_id=secret.public_id,
        digest=secret.digest,
        scopes=sorted(set(terms.scopes), key=Scope.values.index),
        per_minute=terms.per_minute,
        expires_at=terms.expires_at,
        created_at=at,
        created_by=by.user,
    )
    record("api.token_issued", _subject(client), by=by, at=at, facts=_facts(token))
    return Issued(token, text)


@deed()
def give_access(name: str, terms: Terms, *, purpose: str, by: Actor, at: datetime) -> Issued:
    """Issue a token for a client, added if it is new; both or neither."""
    client = ApiClient.objects.filter(name=name).first() or add_client(name, purpose=purpose, by=by, at=at)
    return issue_token(client, terms, by=by, at=at)


@deed()
def revoke_token(token: ApiToken, *, by: Actor, at: datetime) -> None:
    """Make a token useless from the next call on, in every process; raise NotAllowed or BadToken."""
    by.require("api.revoke_apitoken")
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        raise BadToken("This token is revoked already.")
    record("api.token_revoked", _subject(token.client), by=by, at=at, facts={"token": token.public_id})


def _refuse_bad_client(name: str, purpose: str) -> None:
    if not NAME.fullmatch(name):
        raise BadClient("The name is made of small letters, digits and hyphens, 40 at most.")
    if not purpose.strip() or len(purpose) > 200 or "@" in purpose:
        raise BadClient("Say in up to 200 characters what it is for, without an address.")
    if get_user_model().objects.filter(username=f"api-{name}").exists():
        raise BadClient(f"There is a user “api-{name}” already. Choose another name.")


def _refuse_bad_terms(terms: Terms, at: datetime) -> None:
    if not terms.scopes or not set(terms.scopes) <= set(Scope.values):
        raise BadToken(f"A token has at least one scope, and only these: {', '.join(Scope.values)}.")
    if not at < terms.expires_at <= at + LONGEST:
        raise BadToken(f"A token ends in the future, within {LONGEST.days} days.")
    if not 0 < terms.per_minute <= FASTEST:
        raise BadToken(f"A token takes between 1 and {FASTEST} calls a minute.")


def _subject(client: ApiClient) -> str:
    return f"api/{client.name}"


def _facts(token: ApiToken) -> dict[str, str | int]:
    return {
        "token": token.public_id,
        "scopes": ",".join(token.scopes),
        "per_minute": token.per_minute,
        "expires_at": token.expires_at.isoformat(),
    }
