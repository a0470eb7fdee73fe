"""What the approver had not seen is named, whatever of it changed."""

import re

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.findings import Findings, Profile
from apps.audit.services import seal_snapshot
from apps.tickets.models import Erasure

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(as_user, carol, ticket, now):
    """Show the card after a second look, given what each look found: the ids, and whether unsubscribed."""

    def read(shown, later) -> str:
        erasure = Erasure.objects.select_related("ticket", "account").get(account__name="bento")
        first, second = (_snapshot(erasure, *found, at=now) for found in (shown, later))
        Erasure.objects.filter(pk=erasure.pk).update(shown_at_approval=first, before=second)
        page = as_user(carol).get(reverse("admin:tickets_deletionticket_change", args=[ticket.pk])).text
        return " ".join(re.sub(r"<[^>]+>", " ", page).split())

    return read


def _snapshot(erasure, uuids, unsubscribed, *, at):
    profiles = tuple(Profile(uuid, None, None, unsubscribed, None, (), {}, None, True) for uuid in uuids)
    return seal_snapshot(erasure.subject, moment="before", findings=Findings(profiles, b"{}"), by=Actor.worker(), at=at)


def test_a_changed_subscription_says_both_states(told):
    assert "Unsubscribed at approval, subscribed now." in told((["u-1"], True), (["u-1"], False))


def test_another_record_in_place_of_one_is_counted(told):
    assert "1 record not shown at approval." in told((["u-1"], False), (["u-2"], False))


def test_more_profiles_say_how_many_there_were(told):
    page = told((["u-1"], False), (["u-1", "u-2"], False))

    assert "At approval: 1 profile. 1 record not shown at approval." in page


def test_the_same_found_again_says_nothing(told):
    assert "at approval" not in told((["u-1"], False), (["U-1"], False)).lower()
