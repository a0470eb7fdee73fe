"""Access is given and taken by an Administrator or the operator, and the ledger tells it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User

from apps.api.models import ApiToken
from apps.api.services.tokens import BadClient, BadToken, Terms, add_client, issue_token, revoke_token
from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.console.roles import Role
from tests.constants import NOW

DAY = timedelta(days=1)


def test_the_token_is_stored_as_a_digest_only(issue):
    issued = issue("check")

    stored = ApiToken.objects.filter(pk=issued.token.pk).values().get()

    assert issued.text.split("_", 2)[2] not in str(stored)
    assert issued.text not in repr(issued)
    assert stored["public_id"] in issued.text


def test_access_stands_in_the_ledger(shop, issue):
    revoke_token(issue("check").token, by=Actor.command(), at=datetime.now(UTC))

    told = list(AuditEvent.objects.filter(root="api").order_by("seq").values_list("action", "subject"))

    assert told == [(f"api.{deed}", "api/shop") for deed in ("client_added", "token_issued", "token_revoked")]


def test_a_service_user_cannot_log_in(shop, client):
    assert not shop.user.has_usable_password()
    assert not shop.user.is_staff
    assert not client.login(username="api-shop", password="")


@pytest.mark.parametrize("role", ["alice", "bob", "carol", "olga"])
def test_only_an_administrator_gives_access(request, shop, role):
    by = Actor.page(request.getfixturevalue(role))

    with pytest.raises(NotAllowed):
        add_client("other", purpose="Something", by=by, at=NOW)
    with pytest.raises(NotAllowed):
        issue_token(shop, Terms(["check"], NOW + DAY), by=by, at=NOW)


def test_an_administrator_does(shop, alice):
    alice.groups.set([Group.objects.get(name=Role.ADMINISTRATOR.value)])
    by = Actor.page(User.objects.get(pk=alice.pk))

    issued = issue_token(shop, Terms(["check"], NOW + DAY), by=by, at=NOW)

    assert issued.token.created_by == alice


@pytest.mark.parametrize("name", ["", "Shop", "a b", "x" * 41, "-shop", "shop"])
def test_a_name_is_plain_and_taken_once(shop, name):
    with pytest.raises(BadClient):
        add_client(name, purpose="Something", by=Actor.command(), at=NOW)


@pytest.mark.parametrize("purpose", ["", " ", "for ann@example.org", "x" * 201])
def test_a_purpose_is_said_without_an_address(db, purpose):
    with pytest.raises(BadClient):
        add_client("shop", purpose=purpose, by=Actor.command(), at=NOW)


@pytest.mark.parametrize(
    "wish",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"expires_at": NOW},
        {"expires_at": NOW + timedelta(days=367)},
        {"per_minute": 0},
    ],
)
def test_a_token_has_scopes_an_end_and_a_limit(shop, wish):
    terms = Terms(**{"scopes": ["check"], "expires_at": NOW + DAY} | wish)

    with pytest.raises(BadToken):
        issue_token(shop, terms, by=Actor.command(), at=NOW)


def test_a_token_is_revoked_once(issue):
    token = issue("check").token
    revoke_token(token, by=Actor.command(), at=NOW)

    with pytest.raises(BadToken):
        revoke_token(token, by=Actor.command(), at=NOW)


def test_the_rights_of_a_token_are_all_its_user_has(shop, bob):
    shop.user.groups.set(bob.groups.all())

    with pytest.raises(NotAllowed):
        Actor.api(shop.user, rights=frozenset({"tickets.add_deletionticket"})).require("tickets.approve_deletionticket")
