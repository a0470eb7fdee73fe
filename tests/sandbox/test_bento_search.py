"""GET /v1/fetch/search."""

import json

import pytest


@pytest.fixture
def search(bento, sandbox):
    sandbox.settings(bento_search="open")

    def emails(**query):
        return [record["attributes"]["email"] for record in bento.get("fetch/search", page=1, **query).json["data"]]

    return emails


@pytest.mark.parametrize(("gate", "status"), [("refused", 403), ("missing", 404), ("open", 200)])
def test_search_is_not_for_everybody(bento, sandbox, gate, status):
    closed_at_first = bento.get("fetch/search", page=1).status
    sandbox.settings(bento_search=gate)

    assert (closed_at_first, bento.get("fetch/search", page=1).status) == (403, status)


@pytest.mark.parametrize(
    "query", [{"tags": "vip"}, {"tags": "vip,unused"}, {"tag_names": "vip"}, {"tags[]": ["vip", "unused"]}]
)
def test_tags_filter(search, query):
    assert search(**query) == ["Grace.Hopper@example.com"]


def test_tag_ids_filter(bento, search):
    tag_id = bento.attributes(email="Grace.Hopper@example.com")["cached_tag_ids"][0]

    assert search(tag_ids=tag_id) == ["Grace.Hopper@example.com"]


def test_dates_filter_from_both_sides(search):
    after, before = {"unsubscribed_at[gt]": "2023-01-01"}, {"unsubscribed_at[lt]": "2023-12-31T00:00:00Z"}

    assert search(**after, **before) == ["alan@example.com"]
    assert search(**{"unsubscribed_at[gt]": "2024-01-01"}) == []


def test_changes_since_a_moment_are_found(bento, search):
    bento.command("add_tag_via_event", "ada@example.com", "vip")

    assert search(**{"updated_at[gt]": "2025-01-01"}) == ["ada@example.com"]
    assert search(**{"last_event_at[gt]": "2025-01-01"}) == ["ada@example.com"]
    assert search(**{"created_at[gt]": "2025-01-01"}) == []


def test_an_anonymized_record_is_still_listed_without_an_address(bento, search):
    bento.delete("ada@example.com")

    assert search(**{"updated_at[gt]": "2025-01-01"}) == [""]


def test_filters_may_stand_in_a_body(bento, sandbox):
    sandbox.settings(bento_search="open")
    body = json.dumps({"page": 1, "tags": ["vip"], "created_at": {"gt": "2020-01-01"}})

    answer = bento.call("GET", f"/api/v1/fetch/search?site_uuid={bento.site}", body, Content_Type="application/json")

    assert answer.json["meta"] == {"page": 1, "query": {"tags": ["vip"], "created_at": {"gt": "2020-01-01"}}}
    assert len(answer.json["data"]) == 1


def test_a_page_holds_a_hundred_and_no_total(bento, sandbox):
    sandbox.reset(seeds=False)
    sandbox.settings(bento_search="open")
    sandbox.add_many([{"vendor": "bento", "email": f"p{number}@example.com"} for number in range(101)])

    pages = [bento.get("fetch/search", page=page).json for page in (1, 2, 3)]

    assert [len(page["data"]) for page in pages] == [100, 1, 0]
    assert pages[1]["meta"] == {"page": 2, "query": {}}


@pytest.mark.parametrize(
    "query", [{}, {"page": 0}, {"page": "x"}, {"page": 1, "created_at": "x"}, {"page": 1, "created_at[gt]": "x"}]
)
def test_a_search_that_makes_no_sense_is_invalid(bento, sandbox, query):
    sandbox.settings(bento_search="open")

    assert bento.get("fetch/search", **query).status == 400
