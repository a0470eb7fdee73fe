"""api_token: what an Administrator does on a page, for whoever holds the shell."""

import io

import pytest
from django.core.management import CommandError, call_command

from apps.api.models import ApiClient, ApiToken

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("api_token", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def create(*more: str) -> str:
    return run("create", "shop", "--scopes", "check,read", *more).strip()


def test_it_adds_the_client_and_prints_a_token_that_works(call):
    text = create("--purpose", "Webhooks of the shop")

    body = {"identifiers": [{"kind": "email", "value": "ann@example.org"}]}
    assert call("/suppression/check", body, token=text).status_code == 200


def test_a_second_token_needs_no_purpose(db):
    texts = {create("--purpose", "Webhooks of the shop"), create()}

    assert len(texts) == 2
    assert ApiClient.objects.get().tokens.count() == 2


def test_a_refused_token_leaves_no_client(db):
    with pytest.raises(CommandError) as refusal:
        run("create", "shop", "--scopes", "check,everything", "--purpose", "Webhooks of the shop")

    assert refusal.value.returncode == 2
    assert not ApiClient.objects.exists()


def test_it_revokes_and_lists(db):
    public_id = create("--purpose", "Webhooks of the shop").split("_")[1]

    run("revoke", public_id)

    assert ApiToken.objects.get().revoked_at
    assert "revoked" in run("list")
    with pytest.raises(CommandError):
        run("revoke", "0" * 16)


def test_support_may_not(alice):
    with pytest.raises(CommandError) as refusal:
        run("--as", "alice", "create", "shop", "--scopes", "check", "--purpose", "Something")

    assert refusal.value.returncode == 2
