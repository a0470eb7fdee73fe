"""The pages of an Administrator: add a client, issue a token that is shown once, revoke it."""

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.api.models import ApiClient, ApiToken
from apps.console.roles import Role
from tests.browser import assert_accessible, sideways_scroll, sign_in

TOKEN = re.compile(r"cc_[0-9a-f]{16}_[A-Za-z0-9_-]{43}")
ONCE = re.compile(r'name="once" value="([A-Za-z0-9_-]+)"')
WISH = {"scopes": ["check", "read"], "days": 30, "per_minute": 60}


@pytest.fixture
def administrator(alice, client):
    alice.groups.set([Group.objects.get(name=Role.ADMINISTRATOR.value)])
    client.force_login(alice)
    return alice


def filled(client, of) -> dict[str, object]:
    """The form as a person sends it, with what the page put into it."""
    found = ONCE.search(client.get(reverse("admin:api_issue_token", args=[of.pk])).text)
    return {**WISH, "once": found[1] if found else ""}


def test_a_client_is_added_and_its_page_comes_next(client, administrator):
    answer = client.post(reverse("admin:api_add_client"), {"name": "shop", "purpose": "Webhooks of the shop"})

    assert answer.url == reverse("admin:api_apiclient_change", args=[ApiClient.objects.get(name="shop").pk])
    assert "Issue a token" in client.get(answer.url).text


def test_a_token_is_shown_once(client, administrator, shop, call):
    page = client.post(reverse("admin:api_issue_token", args=[shop.pk]), filled(client, shop))

    text = TOKEN.search(page.text)[0]
    token = ApiToken.objects.get(client=shop, created_by=administrator)
    assert (token.scopes, token.per_minute) == (["check", "read"], 60)
    assert (
        call("/suppression/check", {"identifiers": [{"kind": "cookie", "value": "x"}]}, token=text).status_code == 200
    )
    for name, pk in (("apitoken", token.pk), ("apiclient", shop.pk)):
        for page in ("change", "changelist"):
            shown = client.get(reverse(f"admin:api_{name}_{page}", args=[pk] if page == "change" else [])).text
            assert text not in shown
            assert token.public_id in shown or name == "apiclient"


def test_a_reload_of_the_page_issues_no_other_token(client, administrator, shop):
    url, sent = reverse("admin:api_issue_token", args=[shop.pk]), filled(client, shop)
    client.post(url, sent)

    again = client.post(url, sent)

    assert ApiToken.objects.count() == 1
    assert not TOKEN.search(again.text)
    assert "was sent before" in again.text
    assert ONCE.search(again.text)[1] != sent["once"]


def test_a_form_serves_one_client_and_may_be_corrected(client, administrator, shop):
    client.post(reverse("admin:api_add_client"), {"name": "other", "purpose": "Another shop"})
    other = ApiClient.objects.get(name="other")
    url, sent = reverse("admin:api_issue_token", args=[shop.pk]), filled(client, shop)

    client.post(reverse("admin:api_issue_token", args=[other.pk]), sent)
    client.post(url, {**sent, "days": 1000})
    page = client.post(url, sent)

    assert TOKEN.search(page.text)
    assert list(ApiToken.objects.filter(created_by=administrator).values_list("client", flat=True)) == [shop.pk]


def test_the_session_does_not_keep_the_token(client, administrator, shop):
    page = client.post(reverse("admin:api_issue_token", args=[shop.pk]), filled(client, shop))

    assert TOKEN.search(page.text)[0] not in str(dict(client.session.items()))


def test_a_token_is_revoked(client, administrator, issue, call):
    issued = issue()

    page = client.post(reverse("admin:api_revoke_token", args=[issued.token.pk]), follow=True)

    assert "The next call with it is refused." in page.text
    assert call("/suppression/check", {}, token=issued.text).status_code == 401
    assert "already" in client.post(reverse("admin:api_revoke_token", args=[issued.token.pk]), follow=True).text


def test_what_is_wrong_stands_in_the_form(client, administrator, shop):
    added = client.post(reverse("admin:api_add_client"), {"name": "shop", "purpose": "Webhooks of the shop"})
    issued = client.post(reverse("admin:api_issue_token", args=[shop.pk]), {**WISH, "days": 1000})

    assert "Choose another name" in added.text
    assert "less than or equal to 366" in issued.text
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("role", ["alice", "bob", "carol", "olga"])
def test_nobody_else_sees_or_does_any_of_it(client, request, issue, role):
    token = issue().token
    client.force_login(request.getfixturevalue(role))

    answers = [
        client.get(reverse("admin:api_apiclient_changelist")),
        client.get(reverse("admin:api_apitoken_change", args=[token.pk])),
        client.post(reverse("admin:api_add_client"), {"name": "other", "purpose": "Something"}),
        client.post(reverse("admin:api_issue_token", args=[token.client_id]), WISH),
        client.post(reverse("admin:api_revoke_token", args=[token.pk])),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert ApiToken.objects.get().revoked_at is None


def test_service_users_are_not_among_the_people(client, administrator, shop):
    assert "api-shop" not in client.get(reverse("admin:auth_user_changelist")).text
    assert client.get(reverse("admin:auth_user_change", args=[shop.user_id])).status_code == 302


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_and_show_the_token_once(browser_page, complaints, live_server, theme, request):
    request.getfixturevalue("issue")()  # after the browser's own fixtures, which empty the database
    alice = request.getfixturevalue("alice")
    alice.groups.set([Group.objects.get(name=Role.ADMINISTRATOR.value)])
    shop = ApiClient.objects.get()
    browser_page.emulate_media(color_scheme=theme)
    sign_in(browser_page, live_server.url, alice)
    token = ApiToken.objects.get()

    for name, pk in (
        ("api_apiclient_changelist", None),
        ("api_add_client", None),
        ("api_apiclient_change", shop.pk),
        ("api_apitoken_changelist", None),
        ("api_apitoken_change", token.pk),
        ("api_issue_token", shop.pk),
    ):
        browser_page.goto(live_server.url + reverse(f"admin:{name}", args=[pk] if pk else []))
        assert_accessible(browser_page, complaints)

    browser_page.get_by_label("Ask who is suppressed").check()
    browser_page.get_by_role("button", name="Issue the token").click()

    assert TOKEN.fullmatch(browser_page.locator("pre").inner_text())
    assert_accessible(browser_page, complaints)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_on_a_phone_each_value_of_a_token_has_a_name(browser_page, complaints, live_server, request):
    request.getfixturevalue("issue")()  # after the browser's own fixtures, which empty the database
    alice = request.getfixturevalue("alice")
    alice.groups.set([Group.objects.get(name=Role.ADMINISTRATOR.value)])
    browser_page.set_viewport_size({"width": 390, "height": 844})
    sign_in(browser_page, live_server.url, alice)

    browser_page.goto(live_server.url + reverse("admin:api_apitoken_changelist"))

    ends = browser_page.locator("td.field-expires_at")
    assert ends.evaluate("(cell) => getComputedStyle(cell, '::before').content") == '"Expires"'
    assert sideways_scroll(browser_page) == 0
    assert_accessible(browser_page, complaints)


def test_a_client_that_was_never_heard_says_so_with_a_dash(client, administrator, shop):
    assert "None" not in client.get(reverse("admin:api_apiclient_change", args=[shop.pk])).text
