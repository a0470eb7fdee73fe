"""What was seen of somebody who came back lives as long as a snapshot: SNAPSHOT_DAYS from the decision on."""

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.privacy.vault import Shredded
from apps.tickets.models import Reappearance
from apps.tickets.selectors.reappearances import evidence_of, load_reappearance
from apps.tickets.services.reappearing import accept_return
from apps.tickets.services.shredding import shred_due


@pytest.fixture
def decided(row, bob, clock) -> Reappearance:
    accept_return(load_reappearance(row.pk), text="She signed up again.", by=Actor.page(bob), at=clock())
    return row


def test_it_is_destroyed_after_its_time_with_an_event_and_the_rest_stays(decided, clock):
    shred_due(at=clock())
    clock.advance(days=29)
    shred_due(at=clock())
    assert load_reappearance(decided.pk).is_readable

    clock.advance(days=2)
    shred_due(at=clock())

    row = load_reappearance(decided.pk)
    assert (row.evidence, row.unsubscribed) == (None, None)
    assert (row.new_uuid, row.first_seen_at) == (decided.new_uuid, decided.first_seen_at)
    assert AuditEvent.objects.latest("seq").action == "reappearance.shredded"
    assert shred_due(at=clock()) == 0
    with pytest.raises(Shredded):
        evidence_of(row)


def test_an_undecided_one_keeps_what_the_decision_needs(row, clock):
    clock.advance(days=400)

    shred_due(at=clock())

    assert load_reappearance(row.pk).is_readable


def test_the_page_says_that_it_is_gone_and_still_opens(decided, client, bob, clock):
    clock.advance(days=31)
    shred_due(at=clock())
    client.force_login(bob)

    page = client.get(reverse("admin:tickets_reappearance_change", args=[decided.pk])).text

    assert "What was seen was destroyed" in page
    assert "No longer known: the contents of the snapshot before the deletion were destroyed." in page
    assert "Was unsubscribed" not in page
    assert client.get(reverse("admin:tickets_reappearance_changelist")).status_code == 200
    evidence = reverse("admin:tickets_reappearance_evidence", args=[decided.pk])
    assert "destroyed" in client.post(evidence, follow=True).text
