"""How much a deletion takes along stands on the page before the click; what it is stays behind “Open”."""

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.findings import Findings, Profile
from apps.audit.models import AuditEvent, AuditSnapshot
from apps.audit.services import seal_snapshot, shred_snapshots
from apps.tickets.models import Erasure

pytestmark = pytest.mark.django_db

RICH = Profile("u-1", None, None, False, None, ("vip", "lead", "old"), {"Plan": "pro", "Empty": "", "n": 0}, None, True)
LOSSES = "Deletion loses 3 tags and 2 filled fields."


@pytest.fixture
def held(ticket, now) -> Erasure:
    """Let Bento hold one person with tags and fields, one of them empty."""
    erasure = Erasure.objects.select_related("ticket", "account").get(account__name="bento")
    found = Findings((RICH,), b"{}")
    snapshot = seal_snapshot(erasure.subject, moment="before", findings=found, by=Actor.worker(), at=now)
    Erasure.objects.filter(pk=erasure.pk).update(before=snapshot)
    return erasure


@pytest.fixture
def page(as_user, bob, ticket):
    return lambda: as_user(bob).get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk])).text


def test_an_approver_reads_how_much_goes_without_an_event_and_without_names(held, page):
    events = AuditEvent.objects.count()

    told = page()

    assert LOSSES in told
    assert "vip" not in told
    assert "Plan" not in told
    assert AuditEvent.objects.count() == events


def test_once_the_snapshot_is_destroyed_nothing_is_counted(held, page, now):
    shred_snapshots(AuditSnapshot.objects.all(), by=Actor.worker(), at=now)

    assert "Deletion loses" not in page().replace("deletion loses that", "")


def test_nothing_is_announced_once_the_request_left(held, page):
    Erasure.objects.filter(pk=held.pk).update(status="accepted")

    assert LOSSES not in page()
