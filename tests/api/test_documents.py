"""The OpenAPI document and its page: whole, and without a script."""

import re

import pytest
from django.urls import reverse

from apps.api.problems import PROBLEMS
from apps.api.scopes import RIGHTS, Scope
from tests.browser import assert_accessible, sideways_scroll

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(client):
    return client.get("/api/v1/openapi.json").json()


def operations(document):
    return {
        operation["operationId"]: operation for methods in document["paths"].values() for operation in methods.values()
    }


def test_every_call_but_health_needs_a_token_and_says_its_scope(document):
    for name, operation in operations(document).items():
        assert bool(operation.get("security")) == (name != "health")
        assert name == "health" or re.search(rf"Needs the scope `({'|'.join(RIGHTS)})`", operation["description"])
    assert document["components"]["securitySchemes"]["BearerToken"] == {"type": "http", "scheme": "bearer"}


def test_every_refusal_is_a_problem_and_every_problem_is_documented(document):
    told = set()
    for operation in operations(document).values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]
                told.add(int(status))

    assert told | {405} == {problem.status for problem in PROBLEMS}


def test_every_scope_is_a_right(document):
    assert set(RIGHTS) == set(Scope.values)


def test_the_page_names_every_call_every_shape_and_every_problem(client, document):
    text = client.get("/api/v1/docs").text

    names = [*operations(document), *document["components"]["schemas"], *(problem.slug for problem in PROBLEMS)]
    assert [name for name in names if f'id="{name}"' not in text] == []
    assert set(re.findall(r'href="#([\w-]+)"', text)) <= set(re.findall(r'id="([\w-]+)"', text))
    assert "<script" not in text


def test_both_are_read_without_a_login(client, document):
    assert client.get(reverse("api-docs")).status_code == 200
    assert document["openapi"].startswith("3.1")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_is_accessible_under_the_strict_policy(browser_page, complaints, live_server, theme, width):
    browser_page.emulate_media(color_scheme=theme)
    browser_page.set_viewport_size({"width": width, "height": 900})

    browser_page.goto(live_server.url + reverse("api-docs"))

    assert_accessible(browser_page, complaints)
    assert sideways_scroll(browser_page) == 0
