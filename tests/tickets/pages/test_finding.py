"""The search box: a reference leads to its ticket, a person is found by digest, and no address enters a URL."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.audit.actors import Actor
from apps.tickets.models import DeletionTicket
from apps.tickets.requests import Request
from apps.tickets.services.opening import open_ticket

pytestmark = pytest.mark.django_db

FIND = reverse("admin:tickets_deletionticket_find")
LIST = reverse("admin:tickets_deletionticket_changelist")


def page_of(ticket: DeletionTicket) -> str:
    return reverse("admin:tickets_deletionticket_change", args=[ticket.pk])


def test_a_reference_leads_to_its_ticket(as_user, alice, ticket):
    answer = as_user(alice).post(FIND, {"sought": f" {ticket.reference.lower()} "})

    assert answer.url == page_of(ticket)


def test_an_unknown_reference_says_so(as_user, alice, ticket):
    answer = as_user(alice).post(FIND, {"sought": "DEL-1999-000001"})

    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["There is no ticket DEL-1999-000001."]


def test_the_one_ticket_of_a_person_opens_at_once(as_user, alice, ticket, opened):
    opened("bea@example.org")

    assert as_user(alice).post(FIND, {"sought": "ANN@example.org"}).url == page_of(ticket)


@pytest.fixture
def several(as_user, alice, ticket, opened):
    """Two tickets about Ann, one of them denied, and one about somebody else; and where looking Ann up leads."""
    opened()
    opened("bea@example.org")
    DeletionTicket.objects.filter(pk=ticket.pk).update(status="denied", resolution="denied", closed_at=ticket.opened_at)
    return as_user(alice).post(FIND, {"sought": "ann@example.org"}).url


def test_several_tickets_are_listed_under_a_token(client, several):
    page = client.get(several)

    assert several.startswith(f"{LIST}?subject=")
    assert "ann" not in several
    assert {ticket.status for ticket in page.context["cl"].result_list} == {"denied", "pending_approval"}
    assert "a•••@e•••.org" in page.text
    assert "ann@example.org" not in page.text


def test_the_token_is_worth_nothing_in_another_session(as_user, bob, several):
    page = as_user(bob).get(several)

    assert list(page.context["cl"].result_list) == []
    assert "this look-up has ended" in page.text


def test_any_other_identifier_is_found_too(as_user, alice, now, opened):
    opened("bea@example.org")
    request = Request(identifiers={"customer_id": "c-4711"}, identity_basis="elsewhere")
    found = open_ticket(request, by=Actor.page(alice), at=now)

    assert as_user(alice).post(FIND, {"sought": "c-4711"}).url == page_of(found)


def test_what_identifies_nobody_is_refused_without_repeating_it(as_user, alice, ticket):
    answer = as_user(alice).post(FIND, {"sought": "not an@address@"})

    assert answer.url == LIST
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "An e-mail address has one @ with a name before it."
    ]


def test_it_is_asked_by_post_and_by_those_who_see_tickets(as_user, alice, client, django_user_model):
    assert as_user(alice).get(FIND).status_code == 405

    client.force_login(django_user_model.objects.create_user("adam", is_staff=True))
    assert client.post(FIND, {"sought": "ann@example.org"}).status_code == 403
