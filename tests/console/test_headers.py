"""Every answer carries the strict headers, whatever it is and whoever asks."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.console.middleware import HEADERS


def addresses(patterns: list, prefix: str = "/") -> Iterator[str]:
    """Turn each pattern of the project into an address, with 1 for every argument."""
    for pattern in patterns:
        route = prefix + _filled(pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def _filled(pattern) -> str:
    names = [part.split(">")[0] for part in str(pattern.pattern).split("<")[1:]]
    text = str(pattern.pattern).removeprefix("^").removesuffix("$")
    for name in names:
        text = text.replace(f"<{name}>", "1")
    return text


ADDRESSES = sorted({*addresses(get_resolver().url_patterns), "/nothing-here", "/admin/nothing-here"})


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_answers_with_all_of_them(client, admin_client, address, method):
    for visitor in (client, admin_client):
        response = getattr(visitor, method)(address)

        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert "no-store" in response.headers["Cache-Control"] or response.status_code == 200


def test_the_policy_allows_nothing_inline():
    policy = HEADERS["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert policy.startswith("default-src 'none';")


def test_pages_of_people_who_are_logged_in_are_never_kept(admin_client):
    response = admin_client.get("/admin/")

    assert "no-store" in response.headers["Cache-Control"]


def test_a_refused_form_shows_no_data_and_carries_them(admin_user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin_user)

    response = strict.post("/admin/logout/", {"word": "secret-word"})

    assert response.status_code == 403
    assert b"secret-word" not in response.content
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
