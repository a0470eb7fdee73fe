"""The figures of the overview: each is the length of the list it links to."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.tickets.models import DeletionTicket, Erasure
from tests.tickets.desk import opened_by, sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def figures(client):
    def read(user) -> dict[str, tuple[int, str]]:
        client.force_login(user)
        cards = client.get(reverse("admin:index")).context["cards"]
        return {card.title: (card.figure, card.url) for card in cards}

    return read


def test_each_figure_is_the_length_of_its_list(client, alice, figures):
    """One ticket waits for approval, late and stuck; one waits for identity, due tomorrow."""
    sync()
    opened_by(alice)
    opened_by(alice, email="bea@example.org", basis="asked")
    DeletionTicket.objects.filter(status="pending_approval").update(due_at=datetime.now(UTC) - timedelta(days=1))
    DeletionTicket.objects.filter(status="awaiting_identity").update(due_at=datetime.now(UTC) + timedelta(days=1))
    Erasure.objects.filter(ticket__identifiers__masked__startswith="a").update(attention="no_snapshot")

    shown = figures(alice)

    assert {title: figure for title, (figure, _) in shown.items() if figure} == {
        "Waiting for identity": 1,
        "Needs approval": 1,
        "Needs attention": 1,
        "Overdue": 1,
        "Due within 7 days": 1,
    }
    for figure, url in shown.values():
        assert client.get(url).context["cl"].result_count == figure


def test_who_sees_no_tickets_sees_no_figures_of_them(figures, django_user_model):
    assert figures(django_user_model.objects.create_user("adam", is_staff=True)) == {}


def test_whoever_may_read_the_ledger_sees_what_happened_last(client, alice, carol):
    sync()
    ticket = opened_by(alice)

    client.force_login(carol)
    read = client.get(reverse("admin:index"))
    client.force_login(alice)
    hidden = client.get(reverse("admin:index"))

    event = AuditEvent.objects.last()
    assert (event.action, event.subject) == ("ticket.opened", ticket.reference)
    assert [shown.subject for shown in read.context["events"]][0] == ticket.reference
    assert reverse("admin:audit_auditevent_change", args=[event.seq]) in read.text
    assert hidden.context["events"] == []
