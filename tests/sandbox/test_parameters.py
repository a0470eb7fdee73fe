"""Forms are nested as Rails nests them."""

import pytest

from apps.sandbox.parameters import body_tree, merged, query_tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b]=1&a[c][d]=2", {"a": {"b": "1", "c": {"d": "2"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[][x]=1&a[][y]=2&a[][x]=3", {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
        ("a[][q][key]=1&a[][q][value]=2", {"a": [{"q": {"key": "1", "value": "2"}}]}),
        ("a=1&a[b]=2", {"a": "1"}),
        ("[b]=2", {"[b]": "2"}),
        ("a%5Bb%5D=x%2By+z", {"a": {"b": "x+y z"}}),
    ],
)
def test_names_with_brackets_become_branches(text, tree):
    assert query_tree(text) == tree


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"a=1", "application/x-www-form-urlencoded"), (b'{"a": "1"}', "application/json"), (b' {"a": "1"}', "")],
)
def test_a_form_and_json_end_as_the_same_tree(body, content_type):
    assert body_tree(body, content_type) == {"a": "1"}


def test_the_second_tree_wins_leaf_by_leaf():
    assert merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}) == {"a": {"b": 1, "c": 3}}
