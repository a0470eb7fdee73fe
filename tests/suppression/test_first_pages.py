"""The pages of the entries stay usable however long the lists are: capped counts, and an index for each filter."""

import pytest
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse

from apps.suppression.admin import paging
from apps.suppression.admin.filters import KindFilter, StateFilter
from apps.suppression.models import SuppressionEntry
from tests.constants import NOW
from tests.suppression.builders import block, only_entry

ENTRIES = reverse("admin:suppression_suppressionentry_changelist")

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(monkeypatch) -> None:
    """Let three entries be too many to count."""
    monkeypatch.setattr(paging, "MOST", 2)
    block("ann@example.org", "bea@example.org", "cid@example.org")


def filtered(by, parameter: str, value: str):
    request = RequestFactory().get(ENTRIES)
    chosen = by(request, {parameter: [value]}, SuppressionEntry, None)
    return chosen.queryset(request, SuppressionEntry.objects.all())


def test_a_long_list_is_counted_to_the_cap_and_says_that_there_is_more(many, client, alice):
    client.force_login(alice)

    answer = client.get(ENTRIES)

    assert answer.context_data["cl"].result_count == 2
    assert "There are more: the newest 2 are listed." in answer.text


def test_a_short_list_says_nothing_of_a_cap(client, alice):
    block("ann@example.org")
    client.force_login(alice)

    assert "There are more" not in client.get(ENTRIES).text


def test_what_expired_stands_in_the_order_in_which_it_did(client, alice):
    block("ann@example.org", "bea@example.org")
    first, second = SuppressionEntry.objects.order_by("pk")
    for entry, year in ((first, 2021), (second, 2020)):
        SuppressionEntry.objects.filter(pk=entry.pk).update(expires_at=NOW.replace(year=year))
    client.force_login(alice)

    shown = client.get(ENTRIES, {"state": "expired"}).context_data["cl"].result_list

    assert [entry.pk for entry in shown] == [first.pk, second.pk]


def test_a_kind_that_does_not_exist_filters_nothing(client, alice):
    block("ann@example.org")
    client.force_login(alice)

    assert only_entry().masked in client.get(ENTRIES, {"kind__exact": "telegram"}).text


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a short table from end to end")
@pytest.mark.parametrize(
    ("by", "value", "order", "index"),
    [
        (KindFilter, "cookie", ["-pk"], "entries_other_than_email"),
        (StateFilter, "lifted", ["-pk"], "entries_lifted"),
        (StateFilter, "blocking", ["-pk"], "entries_not_lifted"),
        (StateFilter, "expired", ["-expires_at", "-pk"], "entries_that_expire"),
    ],
)
def test_the_rows_of_a_rare_filter_come_from_their_index_in_order(by, value, order, index):
    plan = filtered(by, by.parameter_name, value).order_by(*order)[:100].explain()

    assert index in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a short table from end to end")
@pytest.mark.parametrize(
    ("by", "value", "order", "index"),
    [
        (KindFilter, "email", ["-pk"], "entries_of_a_list "),
        (KindFilter, "cookie", ["-pk"], "entries_of_a_list_by_kind"),
        (StateFilter, "lifted", ["-pk"], "entries_lifted_of_a_list"),
        (StateFilter, "expired", ["-expires_at", "-pk"], "entries_of_a_list_that_expire"),
    ],
)
def test_so_do_those_of_a_filter_within_a_list(by, value, order, index):
    """Without statistics, which nobody makes for SQLite."""
    plan = filtered(by, by.parameter_name, value).filter(list=1).order_by(*order)[:100].explain()

    assert index in plan
    assert "TEMP B-TREE" not in plan
