"""A list says what it is for, where and how long it blocks, and when somebody looks at it again."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.suppression.models import SuppressionEntry, SuppressionList
from apps.suppression.services import BlocksNowhere, Description, describe_list
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.suppression.builders import JANE, block, only_entry

LISTS = reverse("admin:suppression_suppressionlist_changelist")
YEAR = timedelta(days=365)

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased() -> SuppressionList:
    return SuppressionList.objects.create(name="erased", title="Erased", created_at=NOW)


@pytest.fixture
def shop() -> VendorAccount:
    return VendorAccount.objects.create(name="shop", vendor="bento", host="bento.test", synced_at=NOW)


def describe(target: SuppressionList, user, **changes) -> list[str]:
    description = Description(**{"title": "Erased"} | changes)
    return describe_list(target, description, by=Actor.page(user), at=NOW)


def url(target: SuppressionList) -> str:
    return reverse("admin:suppression_suppressionlist_change", args=[target.pk])


def test_the_changed_fields_are_named_and_their_words_are_not(erased, shop, olga):
    changed = describe(
        erased, olga, purpose="After Jane wrote", everywhere=False, accounts=(shop,), legal_basis="other"
    )

    event = AuditEvent.objects.get()
    assert changed == ["purpose", "everywhere", "legal_basis", "accounts"]
    assert (event.action, event.subject) == ("suppression.list_described", "list/erased")
    assert event.entry["facts"] == {"fields": "purpose everywhere legal_basis accounts"}


def test_the_same_words_again_change_nothing(erased, bob):
    assert describe(erased, bob) == []
    assert not AuditEvent.objects.exists()


def test_a_list_that_blocks_nowhere_is_refused(erased, bob):
    with pytest.raises(BlocksNowhere):
        describe(erased, bob, everywhere=False)


def test_support_and_auditor_do_not_decide_what_a_list_is_for(erased, alice, carol):
    for user in (alice, carol):
        with pytest.raises(NotAllowed):
            describe(erased, user, title="Mine")


def test_new_entries_end_when_the_list_says_and_standing_ones_keep_their_end(erased, bob):
    block("ann@example.org")
    describe(erased, bob, entries_expire_after_days=365)

    block(JANE)

    assert list(SuppressionEntry.objects.order_by("pk").values_list("expires_at", flat=True)) == [None, NOW + YEAR]


def test_a_later_support_puts_the_end_off_and_never_forward(erased, bob):
    describe(erased, bob, entries_expire_after_days=365)
    block(JANE)

    block(JANE, reference="DEL-2", at=NOW + YEAR / 2)
    block(JANE, reference="DEL-3", at=NOW)

    assert only_entry().expires_at == NOW + YEAR / 2 + YEAR


def test_the_page_changes_a_list_through_the_service(client, erased, shop, bob):
    client.force_login(bob)
    data = {
        "title": "Gone",
        "purpose": "Asked to be erased",
        "accounts": [shop.pk],
        "entries_expire_after_days": "30",
        "legal_basis": "legal_obligation",
        "review_date": "2027-06-01",
    }

    answer = client.post(url(erased), data, follow=True)

    erased.refresh_from_db()
    assert answer.status_code == 200
    assert (erased.title, erased.everywhere, list(erased.accounts.all())) == ("Gone", False, [shop])
    assert (erased.entries_expire_after_days, erased.review_date) == (30, date(2027, 6, 1))
    assert AuditEvent.objects.get().actor == "bob"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "Choose at least one account"),
        ({"everywhere": "on", "title": ""}, "This field is required"),
        ({"everywhere": "on", "entries_expire_after_days": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_description_is_refused_beside_its_field(client, erased, bob, wrong, words):
    client.force_login(bob)

    page = client.post(url(erased), {"title": "Gone"} | wrong).text

    assert words in page
    assert SuppressionList.objects.get().title == "Erased"


def test_the_auditor_reads_the_page_and_changes_nothing(client, erased, carol):
    client.force_login(carol)

    assert "Blocks everywhere" in client.get(url(erased)).text
    assert client.post(url(erased), {"title": "Mine", "everywhere": "on"}).status_code == 403


def test_an_overdue_review_shows(client, erased, bob):
    SuppressionList.objects.update(review_date=date(2020, 1, 31))
    client.force_login(bob)

    assert "Overdue since 31 Jan 2020" in client.get(LISTS).text
    assert "Overdue since 31 Jan 2020" in client.get(url(erased)).text


def test_the_pages_say_what_lists_do_not_block(client, erased, bob):
    client.force_login(bob)

    for page in (LISTS, url(erased)):
        assert "Mail about an order is not blocked" in client.get(page).text
