"""Acts on the list: a page that asks, one service call, refusals by reference."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.tickets.models import DeletionTicket

pytestmark = pytest.mark.django_db

LIST = reverse("admin:tickets_deletionticket_changelist")


def choose(action: str, *tickets: DeletionTicket, **more: str) -> dict[str, object]:
    return {"action": action, "index": "0", "_selected_action": [ticket.pk for ticket in tickets], **more}


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def statuses() -> set[str]:
    return set(DeletionTicket.objects.values_list("status", flat=True))


def test_approving_asks_first_and_shows_what_it_costs(as_user, bob, ticket, opened):
    page = as_user(bob).post(LIST, choose("approve", ticket, opened("bea@example.org")))

    assert "2 tickets" in page.text
    assert "Are the upstream sources paused" in page.text
    assert "0 of 4 erasures have a snapshot" in page.text
    assert "2 deletions at Bento (bento)" in page.text
    assert statuses() == {"pending_approval"}


def test_an_answered_question_approves_them_all(as_user, bob, ticket, opened):
    other = opened("bea@example.org")

    answer = as_user(bob).post(LIST, choose("approve", ticket, other, shown="2", sources_paused="paused"))

    assert answer.status_code == 302
    assert said(answer) == ["2 tickets: Approved."]
    assert statuses() == {"approved"}


def test_a_ticket_that_changed_since_the_question_is_left_and_the_others_go(as_user, bob, ticket, opened):
    other = opened("bea@example.org")
    client = as_user(bob)
    page = client.post(LIST, choose("approve", ticket, other))
    seen = page.context_data["form"]["seen"].value()
    other.erasures.update(waiver="waived")

    chosen = choose("approve", ticket, other, shown="2", sources_paused="paused", seen=seen)
    answer = client.post(LIST, chosen)

    assert "seen" in page.text
    assert [words[: len(other.reference) + 21] for words in said(answer)] == [
        "1 ticket: Approved.",
        f"{other.reference}: was looked at again",
    ]
    assert statuses() == {"approved", "pending_approval"}


def test_a_question_that_is_shown_again_binds_to_what_it_shows(as_user, bob, ticket):
    """An answer was missing while something changed: the next click is for the fresh figures."""
    client = as_user(bob)
    seen = client.post(LIST, choose("approve", ticket)).context_data["form"]["seen"].value()
    ticket.erasures.update(waiver="waived")
    again = client.post(LIST, choose("approve", ticket, shown="1", seen=seen)).context_data["form"]["seen"].value()

    answer = client.post(LIST, choose("approve", ticket, shown="1", sources_paused="paused", seen=again))

    assert said(answer) == ["1 ticket: Approved."]


@pytest.mark.parametrize("seen", ["[]", "nonsense", '{"a": "b"}'])
def test_marks_that_cannot_be_read_approve_nothing(as_user, bob, ticket, seen):
    as_user(bob).post(LIST, choose("approve", ticket, shown="1", sources_paused="paused", seen=seen))

    assert statuses() == {"pending_approval"}


def test_refusals_are_named_by_reference(as_user, alice, bob, ticket, opened):
    alice.groups.set(bob.groups.all())

    answer = as_user(alice).post(LIST, choose("approve", ticket, shown="1", sources_paused="none"))

    assert said(answer) == [f"{ticket.reference}: was opened by you: a second person has to approve it."]
    assert statuses() == {"pending_approval"}


def test_a_list_that_grew_since_the_question_is_shown_again(as_user, bob, ticket, opened):
    opened("bea@example.org")
    chosen = choose("approve", ticket, shown="1", sources_paused="paused", select_across="1")

    page = as_user(bob).post(LIST, chosen)

    assert "2 tickets" in page.text
    assert statuses() == {"pending_approval"}


@pytest.mark.parametrize(
    ("action", "said_there", "status"),
    [
        ("deny", {"code": "other", "text": "No."}, "denied"),
        ("cancel", {"text": "Withdrawn."}, "cancelled"),
    ],
)
def test_decisions_take_a_reason_for_all(as_user, bob, ticket, opened, action, said_there, status):
    chosen = choose(action, ticket, opened("bea@example.org"), shown="2", **said_there)

    as_user(bob).post(LIST, chosen)

    assert statuses() == {status}


def test_a_missing_reason_is_asked_for(as_user, bob, ticket):
    page = as_user(bob).post(LIST, choose("deny", ticket, shown="1", code="other"))

    assert "This field is required." in page.text
    assert statuses() == {"pending_approval"}


def test_releasing_needs_no_question(as_user, bob, ticket):
    DeletionTicket.objects.update(on_hold=True)

    answer = as_user(bob).post(LIST, choose("release", ticket))

    assert said(answer) == ["1 ticket: Released. What is due goes on by itself."]
    assert not DeletionTicket.objects.get().on_hold


ANSWERS = {
    "approve": {"sources_paused": "paused"},
    "verify": {"basis": "document"},
    "hold": {"text": "x"},
    "release": {},
    "stop": {"text": "x"},
    "cancel": {"text": "x"},
    "deny": {"code": "other", "text": "x"},
}
FORBIDDEN = [
    *(("carol", action) for action in ANSWERS),
    *(("olga", action) for action in ANSWERS),
    *(("alice", action) for action in ("approve", "release", "deny")),
]


@pytest.mark.parametrize(("person", "action"), FORBIDDEN)
def test_an_act_posted_by_name_needs_its_right(as_user, request, ticket, person, action):
    user = request.getfixturevalue(person)
    before = AuditEvent.objects.count(), DeletionTicket.objects.values().get()

    as_user(user).post(LIST, choose(action, ticket, shown="1", **ANSWERS[action]))

    assert (AuditEvent.objects.count(), DeletionTicket.objects.values().get()) == before


def test_each_role_is_offered_its_own_acts(as_user, alice, bob, carol, ticket):
    def offered(user):
        form = as_user(user).get(LIST).context["action_form"]
        return {name for name, _ in form.fields["action"].choices} & ANSWERS.keys() if form else set()

    assert offered(alice) == {"verify", "hold", "stop", "cancel"}
    assert offered(bob) == set(ANSWERS)
    assert offered(carol) == set()


def test_many_are_kept_off_the_list_with_one_reason(as_user, bob, ticket, opened):
    other = opened("bea@example.org")
    answer = {"shown": "2", "sources_paused": "paused", "not_suppressed": "made_up"}

    as_user(bob).post(LIST, choose("approve", ticket, other, **answer))

    assert set(DeletionTicket.objects.values_list("status", "not_suppressed")) == {("approved", "made_up")}
