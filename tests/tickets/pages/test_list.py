"""The list of tickets: what is due first, one chip per account, and no question that no filter asks."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.tickets.models import DeletionTicket, Erasure

pytestmark = pytest.mark.django_db

LIST = reverse("admin:tickets_deletionticket_changelist")


def listed(client, **query: str) -> list[str]:
    return [ticket.reference for ticket in client.get(LIST, query).context["cl"].result_list]


def test_open_tickets_stand_in_the_order_they_are_due(as_user, alice, opened, now):
    late, soon = opened("a@example.org"), opened("b@example.org", received_at=now - timedelta(days=20))
    done = opened("c@example.org", received_at=now - timedelta(days=25))
    DeletionTicket.objects.filter(pk=done.pk).update(status="denied", resolution="denied", closed_at=now)

    assert listed(as_user(alice)) == [soon.reference, late.reference]
    assert listed(as_user(alice), state="all") == [late.reference, soon.reference, done.reference]
    assert listed(as_user(alice), state="denied") == [done.reference]


def test_a_line_shows_reference_masked_subject_state_and_chips(as_user, alice, rejected):
    page = as_user(alice).get(LIST).text

    assert rejected.ticket.reference in page
    assert "a•••@e•••.org" in page
    assert "At the vendors" in page
    assert "bento 422 rejected" in page
    assert "blueshift 200 accepted" in page
    assert "needs attention" in page
    assert "ann@example.org" not in page


def test_a_line_says_how_long_is_left(as_user, alice, opened, now):
    opened("a@example.org", received_at=now - timedelta(days=40))
    opened("b@example.org", regime="lgpd")

    page = as_user(alice).get(LIST).text

    assert "overdue" in page
    assert "internal target" in page
    assert "receipt assumed" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"outcome": "422"}, True),
        ({"outcome": "accepted"}, True),
        ({"outcome": "404"}, False),
        ({"outcome": "other"}, False),
        ({"outcome": "none"}, False),
        ({"attention": "yes"}, True),
        ({"account": "bento"}, True),
        ({"account": "none"}, False),
        ({"due": "overdue"}, False),
        ({"due": "week"}, False),
        ({"regime__exact": "gdpr"}, True),
        ({"regime__exact": "ccpa"}, False),
        ({"state": "in_progress"}, True),
        ({"state": "approved"}, False),
    ],
)
def test_each_filter_answers_its_question(as_user, alice, rejected, query, found):
    assert bool(listed(as_user(alice), **query)) is found


def test_an_answer_without_a_code_counts_as_other(as_user, alice, rejected):
    Erasure.objects.filter(pk=rejected.pk).update(last_http_status=None, last_outcome="unknown")

    assert len(listed(as_user(alice), outcome="other")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "identifiers__digest__startswith=a",
        "note__contains=a",
        "key__wrapped__isnull=1",
        "status__startswith=a",
        "opened_by__password__startswith=a",
        "erasures__reason__contains=a",
        "regime__regex=a",
        "q=ann@example.org&sought=1",
    ],
)
def test_no_hidden_column_can_be_guessed(as_user, bob, ticket, query):
    assert as_user(bob).get(f"{LIST}?{query}").status_code in {302, 400}


def test_the_list_takes_the_same_few_queries_for_any_length(as_user, bob, opened, django_assert_max_num_queries):
    for number in range(20):
        opened(f"p{number}@example.org")
    client = as_user(bob)

    with django_assert_max_num_queries(12):
        client.get(LIST)


def test_the_list_leaves_sealed_words_where_they_are(as_user, bob, opened):
    opened("ann@example.org")
    client = as_user(bob)

    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)

    assert not [query["sql"] for query in queries if '"sealed"' in query["sql"]]


def test_nobody_adds_changes_or_deletes_a_row_by_a_stock_form(client, ticket, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root"))
    change, delete = (
        reverse(f"admin:tickets_deletionticket_{name}", args=[ticket.pk]) for name in ("change", "delete")
    )

    assert client.post(change, {"status": "completed"}).status_code == 405
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get(LIST).text
