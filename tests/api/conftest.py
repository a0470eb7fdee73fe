"""An upstream system with a token of every scope, and calls as it makes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.api.models import ApiClient
from apps.api.scopes import Scope
from apps.api.services.tokens import Issued, Terms, add_client, issue_token
from apps.audit.actors import Actor

Call = Callable[..., Any]


@pytest.fixture
def shop(db) -> ApiClient:
    return add_client("shop", purpose="The webhooks of the shop", by=Actor.command(), at=_now())


@pytest.fixture
def issue(shop: ApiClient) -> Callable[..., Issued]:
    """Return a function that issues a token of the shop; a day is what it lives."""

    def issue(*scopes: str, per_minute: int = 600) -> Issued:
        terms = Terms(scopes or Scope.values, _now() + timedelta(days=1), per_minute)
        return issue_token(shop, terms, by=Actor.command(), at=_now())

    return issue


@pytest.fixture
def token(issue) -> str:
    return issue().text


@pytest.fixture
def call(token: str) -> Call:
    """Return a function that calls the API: `call("/health")`, `call("/tickets", {…}, token=…, key=…)`."""

    def call(path: str, body: object = None, *, token: str = token, key: str = "", **options: Any):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        client = Client(headers=headers)
        if body is None:
            return client.get(f"/api/v1{path}", **options)
        return client.post(f"/api/v1{path}", body, **{"content_type": "application/json"} | options)

    return call


@pytest.fixture
def service_user(shop: ApiClient) -> User:
    return shop.user


def _now() -> datetime:
    return datetime.now(UTC)
