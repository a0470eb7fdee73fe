"""What the vendors forget with a deletion, the entry keeps: where the person had unsubscribed, and since when."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.suppression.models import SuppressionEntry
from apps.suppression.services import lift, note_unsubscribed
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.suppression.builders import JANE, WORKER, block, only_entry

EARLIER = NOW - timedelta(days=40)

pytestmark = pytest.mark.django_db


def account(name: str = "shop") -> VendorAccount:
    row = {"vendor": "bento", "host": "bento.test", "synced_at": NOW}
    return VendorAccount.objects.get_or_create(name=name, defaults=row)[0]


def note(since=NOW, *, at_account="shop", reference="DEL-1") -> int:
    return note_unsubscribed(reference, "email", account=account(at_account), since=since, by=WORKER, at=NOW)


def test_the_entry_says_where_and_since_when():
    block(JANE)

    assert note(EARLIER) == 1

    entry = only_entry()
    assert (entry.unsubscribed_at, entry.unsubscribed_account) == (EARLIER, account())
    assert AuditEvent.objects.last().entry["facts"] == {"account": "shop", "entries": 1}


def test_each_vendor_is_kept_and_the_first_stands_on_the_entry():
    block(JANE)

    note(NOW, at_account="shop")
    note(EARLIER, at_account="app")

    assert only_entry().unsubscribed_account == account("app")
    assert list(only_entry().unsubscribes.order_by("pk").values_list("account__name", "since")) == [
        ("shop", NOW),
        ("app", EARLIER),
    ]


def test_noting_again_changes_nothing():
    block(JANE)
    note()
    events = AuditEvent.objects.count()

    assert note(EARLIER) == 0

    assert (only_entry().unsubscribed_at, AuditEvent.objects.count()) == (NOW, events)


def test_a_lifted_entry_and_somebody_elses_are_left_alone():
    block(JANE)
    block("joe@example.com", reference="DEL-2")
    lift(SuppressionEntry.objects.order_by("pk").first(), reason="came_back", by=WORKER, at=NOW)

    assert note() == 0

    assert not SuppressionEntry.objects.filter(unsubscribed_at__isnull=False).exists()


def test_the_page_of_the_entry_says_it(client, carol):
    block(JANE)
    note(EARLIER)
    client.force_login(carol)

    page = client.get(reverse("admin:suppression_suppressionentry_change", args=[only_entry().pk])).text

    assert "At shop, since 22 Apr 2026 at the latest" in page
